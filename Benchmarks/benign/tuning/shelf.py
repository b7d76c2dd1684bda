"""Where the writers put their files, and how they serialise ordinary objects."""

from __future__ import annotations

import importlib.metadata
import json
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

JOBLIB_COMPRESSIONS = ("zlib", "gzip", "bz2", "xz", "lzma", "lz4")
JOBLIB_SUFFIXES = {"zlib": ".z", "gzip": ".gz", "bz2": ".bz2", "xz": ".xz", "lzma": ".lzma", "lz4": ".lz4"}


class Shelf:
    """A folder of samples with one subfolder per library.

    A library that cannot save one of its own objects is normal (not every
    estimator can be pickled), so failures are recorded and skipped.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.skipped: list[dict[str, str]] = []
        self.libraries: dict[str, str] = {}
        self._turn = 0

    def path(self, library: str, name: str) -> Path:
        """The path for a new sample, with its folder made."""
        target = self.root / library / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.libraries.setdefault(library, _version(library))
        return target

    @contextmanager
    def attempt(self, label: str) -> Iterator[None]:
        """Record an exception of the block under `label` instead of raising it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a library may raise anything
            where = traceback.extract_tb(error.__traceback__)[-1].name
            self.skipped.append({"label": label, "error": f"{type(error).__name__} in {where}: {error}"[:300]})

    def pickle(self, library: str, name: str, value: Any, protocols: Iterable[int] = (2, 5)) -> None:
        """Save `value` once per pickle protocol."""
        for protocol in protocols:
            with self.attempt(f"{library}/{name} protocol {protocol}"):
                self._write(library, f"{name}.p{protocol}.pkl", pickle.dumps(value, protocol))

    def joblib(self, library: str, name: str, value: Any, compressions: Iterable[str] | None = None) -> None:
        """Save `value` with joblib: raw, and by default with the next compression in turn."""
        if compressions is None:
            compressions = (JOBLIB_COMPRESSIONS[self._turn % len(JOBLIB_COMPRESSIONS)],)
            self._turn += 1
        self._joblib_file(library, f"{name}.joblib", value, 0)
        for method in compressions:
            self._joblib_file(library, f"{name}.joblib{JOBLIB_SUFFIXES[method]}", value, (method, 3))

    def model(self, library: str, name: str, value: Any) -> None:
        """Save `value` in every ordinary way: two pickle protocols and joblib."""
        self.pickle(library, name, value)
        self.joblib(library, name, value)

    def each(self, library: str, values: dict[str, Callable[[], Any]], save: Callable[..., None]) -> None:
        """Build every value and save it with `save(library, name, value)`."""
        for name, build in values.items():
            with self.attempt(f"{library}/{name}"):
                save(library, name, build())

    def write_report(self, target: Path) -> None:
        """Write which libraries were used and what could not be saved."""
        target.write_text(json.dumps({"libraries": self.libraries, "skipped": self.skipped}, indent=1))

    def _write(self, library: str, name: str, data: bytes) -> None:
        self.path(library, name).write_bytes(data)

    def _joblib_file(self, library: str, name: str, value: Any, compress: Any) -> None:
        import joblib

        with self.attempt(f"{library}/{name}"):
            target = self.path(library, name)
            try:
                joblib.dump(value, target, compress=compress)
            except BaseException:
                target.unlink(missing_ok=True)
                raise


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "standard library" if library == "stdlib" else "unknown"
