"""pandas objects, and those of other table libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from .shelf import Shelf


def write(shelf: Shelf) -> None:
    """Save pandas objects by pickle and by their own `to_pickle`."""
    values = pandas_objects()
    shelf.each("pandas", values, shelf.model)
    write_compressed(shelf)
    shelf.pickle("pandas", "all-protocols", frame(), range(6))
    write_other_tables(shelf)


def frame() -> pd.DataFrame:
    """A table with a column of every common kind."""
    return pd.DataFrame(
        {
            "number": np.arange(5.0),
            "count": pd.array([1, 2, None, 4, 5], dtype="Int64"),
            "text": list("abcde"),
            "string": pd.array(list("abcde"), dtype="string"),
            "flag": pd.array([True, None, False, True, True], dtype="boolean"),
            "kind": pd.Categorical(list("aabbc"), ordered=True),
            "when": pd.date_range("2024-01-01", periods=5),
            "zone": pd.date_range("2024-01-01", periods=5, tz="Europe/Rome"),
            "span": pd.to_timedelta(range(5), unit="h"),
            "month": pd.period_range("2024-01", periods=5, freq="M"),
            "range": pd.interval_range(0, 5),
            "sparse": pd.arrays.SparseArray([0, 0, 1, 0, 2]),
            "small": pd.array([1.5, None, 2, 3, 4], dtype="Float32"),
        }
    )


def pandas_objects() -> dict[str, Callable[[], Any]]:
    """One value of every common pandas class."""
    values: dict[str, Callable[[], Any]] = {"frame": frame}
    values |= {f"series-{column}": lambda column=column: frame()[column] for column in frame().columns}
    values |= {
        f"index-{column}": lambda column=column: pd.Index(frame()[column], name=column)
        for column in frame().columns
        if column != "sparse"
    }
    values |= {f"array-{column}": lambda column=column: frame()[column].array for column in frame().columns}
    values |= {
        "range-index": lambda: pd.RangeIndex(5),
        "multi-index": lambda: pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", "y"]),
        "multi-frame": lambda: pd.DataFrame(np.eye(4), index=pd.MultiIndex.from_product([["a", "b"], [1, 2]])),
        "grouped-means": lambda: frame().groupby("text")["number"].mean(),
        "pivot": lambda: frame().pivot_table(index="text", columns="flag", values="number"),
        "dummies": lambda: pd.get_dummies(frame()["text"]),
        "cut": lambda: pd.cut(frame()["number"], 3),
        "timestamp": lambda: pd.Timestamp("2024-05-01 12:00", tz="UTC"),
        "timestamp-naive": lambda: pd.Timestamp("2024-05-01"),
        "timedelta": lambda: pd.Timedelta("3h"),
        "period": lambda: pd.Period("2024-05", freq="M"),
        "interval": lambda: pd.Interval(0, 1, closed="both"),
        "missing": lambda: [pd.NA, pd.NaT],
        "dtypes": lambda: [
            pd.CategoricalDtype(["a"]),
            pd.Int32Dtype(),
            pd.StringDtype(),
            pd.DatetimeTZDtype("ns", "UTC"),
            pd.PeriodDtype("M"),
            pd.IntervalDtype("int64"),
            pd.SparseDtype("f8"),
        ],
        "offsets": lambda: [
            pd.offsets.Day(2),
            pd.offsets.MonthEnd(),
            pd.offsets.BusinessDay(),
            pd.DateOffset(months=1),
            pd.offsets.Hour(),
            pd.offsets.Week(weekday=1),
        ],
        "flags": lambda: frame().set_flags(allows_duplicate_labels=True),
        "attributes": with_attributes,
        "nested-dictionary": lambda: {"train": frame(), "labels": pd.Series([0, 1])},
        "objects-column": lambda: pd.DataFrame({"o": [{"a": 1}, [1, 2], None]}),
        "empty": lambda: pd.DataFrame(),
        "described": lambda: frame().describe(),
    }
    return values


def with_attributes() -> pd.DataFrame:
    """A table with user attributes."""
    table = frame()
    table.attrs["source"] = "sensor"
    return table


def write_compressed(shelf: Shelf) -> None:
    """Save one table with each compression that `to_pickle` knows."""
    for suffix in ("", ".gz", ".bz2", ".xz", ".zip", ".zst", ".tar", ".tar.gz"):
        with shelf.attempt(f"pandas/to_pickle{suffix}"):
            frame().to_pickle(shelf.path("pandas", f"to-pickle.pkl{suffix}"))


def write_other_tables(shelf: Shelf) -> None:
    """Save polars, xarray, pyarrow and shapely objects where these are installed."""
    with shelf.attempt("polars"):
        import polars

        table = polars.DataFrame({"a": [1, 2], "b": ["x", "y"]})
        shelf.pickle("polars", "frame", table)
        shelf.pickle("polars", "series", table["a"])
        shelf.pickle("polars", "schema", table.schema)
    with shelf.attempt("xarray"):
        import xarray

        cube = xarray.DataArray(np.ones((2, 3)), dims=("x", "t"), coords={"x": [1, 2]}, attrs={"unit": "m"})
        shelf.model("xarray", "array", cube)
        shelf.model("xarray", "dataset", xarray.Dataset({"v": cube}))
    with shelf.attempt("pyarrow"):
        import pyarrow

        shelf.pickle("pyarrow", "table", pyarrow.table({"a": [1, 2], "b": ["x", None]}))
        shelf.pickle(
            "pyarrow", "schema", pyarrow.schema([("a", pyarrow.int64()), ("b", pyarrow.list_(pyarrow.string()))])
        )
    with shelf.attempt("shapely"):
        import shapely

        shelf.pickle("shapely", "shapes", [shapely.Point(1, 2), shapely.box(0, 0, 1, 1)])
