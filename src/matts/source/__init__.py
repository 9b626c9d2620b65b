"""Any plant's files become the typed table of readings, as one parameter file describes them.

files -> `files.read` -> text cells -> `described.to_table` -> sensors, context, labels
"""
