"""Training compiled to machine code: the same mathematics as the torch loop, a whole epoch a call.

`docs/explanation/compiled-training.md` derives every gradient.
"""
