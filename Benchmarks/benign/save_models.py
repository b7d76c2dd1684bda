#!/usr/bin/env python3
"""Save the objects of the libraries of this interpreter into a folder.

Run by `make_benign.py`, once per environment:

    save_models.py --out FOLDER --sets plain arrays sklearn_models
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from tuning.shelf import Shelf

SETS = (
    "plain",
    "arrays",
    "tables",
    "sklearn_models",
    "learners",
    "torch_models",
    "formats",
    "keras_models",
    "tensorflow_models",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the samples")
    parser.add_argument("--report", type=Path, required=True, help="JSON of what was used and skipped")
    parser.add_argument("--sets", nargs="+", choices=SETS, required=True)
    options = parser.parse_args()
    shelf = Shelf(options.out)
    for name in options.sets:
        with shelf.attempt(name):
            importlib.import_module(f"tuning.{name}").write(shelf)
    shelf.write_report(options.report)
    files = sum(path.is_file() for path in options.out.rglob("*"))
    print(f"{options.out.name}: {files} files, {len(shelf.skipped)} could not be saved")


if __name__ == "__main__":
    main()
