"""The Kedro shell: one package a stage, one `nodes.py` and one `pipeline.py` in each."""
