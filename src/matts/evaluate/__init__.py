"""What a result is worth: metrics, tables, plots and the report."""
