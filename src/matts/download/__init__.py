"""Fetch public data sets: `python -m matts.download skab`.

catalogue -> `fetch` -> `unpack` -> `convert` -> checked files in data/01_raw
"""
