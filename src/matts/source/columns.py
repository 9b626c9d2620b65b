"""The columns of a file as they are called here: text in one line, each name once."""

import pandas as pd


def with_plain_names(table: pd.DataFrame) -> pd.DataFrame:
    """Columns by names that are text in one line, without spaces around it.

    Raises:
        ValueError: a name comes twice then.
    """
    named = table.set_axis([" ".join(str(name).split()) for name in table], axis=1)
    if twice := named.columns[named.columns.duplicated()].tolist():
        msg = f"a column may come only once, but {twice[0]} comes again"
        raise ValueError(msg)
    return named


def as_columns(table: pd.DataFrame) -> pd.DataFrame:
    """An index of times or with a name is a column, too; cells that hold several are text."""
    dated = isinstance(table.index, pd.DatetimeIndex)
    if dated or any(name is not None for name in table.index.names):
        table = table.reset_index()
    table = with_plain_names(table)
    mixed = table.select_dtypes(object)
    nested = [str(name) for name in mixed if mixed[name].map(pd.api.types.is_list_like).any()]
    return table.assign(**{name: table[name].astype(str) for name in nested})
