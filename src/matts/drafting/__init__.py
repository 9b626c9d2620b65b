"""Files nobody described are looked at, and a first description of them is written.

files -> `written.look_at` -> cells -> `columns.judge` -> what columns mean -> `draft.write` -> YAML
"""
