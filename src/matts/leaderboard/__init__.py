"""Chosen detectors on chosen datasets, cell by cell: one table that can be gone on with.

parameters of datasets -> arenas -> cells, each a file as soon as it is done -> table, page, chart
"""
