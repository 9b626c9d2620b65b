"""matts at run time: readings come, verdicts go. No Kedro here, only what training left."""
