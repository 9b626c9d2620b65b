"""Judging readings row by row: what each machine's past says, five tasks, many models."""
