#!/usr/bin/env python3
"""Write OUT/manifest.json: package, version, path, SHA-256 and format of every file.

write_manifest.py OUT
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from sniff import PICKLE_LIKE, sniff, tally


def tuning_entries(out: Path, report: Path) -> list[dict[str, str]]:
    """The entries of one environment, whose report tells the versions."""
    libraries: dict[str, str] = json.loads(report.read_text())["libraries"]
    tuning = out / "tuning"
    entries = []
    for path in sorted((tuning / report.stem).rglob("*")):
        if path.is_file():
            data, relative = path.read_bytes(), path.relative_to(tuning)
            library = relative.parts[1]
            entries.append(
                {
                    "package": library,
                    "version": libraries.get(library, "unknown"),
                    "path": str(relative),
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "format": sniff(data, path.name) or "other",
                }
            )
    return entries


def summarise(half: str, entries: list[dict[str, Any]]) -> None:
    """Print how many files of which formats a half has."""
    formats = [entry["format"] for entry in entries]
    packages = len({entry["package"] for entry in entries})
    pickles = sum(kind in PICKLE_LIKE for kind in formats)
    print(f"{half}: {len(entries)} files of {packages} packages, {pickles} with pickles; {json.dumps(tally(formats))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    shipped = out / "evaluation.json"
    manifest = {
        "tuning": [
            entry for report in sorted((out / "reports").glob("*.json")) for entry in tuning_entries(out, report)
        ],
        "evaluation": json.loads(shipped.read_text()) if shipped.exists() else [],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=0))
    for half, entries in manifest.items():
        summarise(half, entries)


if __name__ == "__main__":
    main()
