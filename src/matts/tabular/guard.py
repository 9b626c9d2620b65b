def refuse_leaks(features, rows, tasks): pass
