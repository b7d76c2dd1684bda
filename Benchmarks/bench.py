#!/usr/bin/env python3
"""Runs all benchmarks beside the peers in one run: speed, whole projects, integrity, detection, false alarms.

Usage: bench.py --cordon PATH

The peers (picklescan, modelscan, fickling, modelaudit) are installed from PyPI into .deps/peers by the first benchmark that
needs them; model-signing goes into .deps/integrity/peers, AIDE is Debian's package `aide`. The first run downloads models for the benign benchmark and takes about an hour; later runs reuse them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEPS = HERE.parent / ".deps"


def steps(cordon: str) -> list[tuple[str, list[str]]]:
    """Title and command of every benchmark, in order."""
    detection = ["--cordon", cordon, "--out", str(DEPS / "detection")]
    result = [
        ("Detection", [str(HERE / "detection" / "run.py"), *detection]),
        ("Speed", [str(HERE / "speed" / "run.py"), "--cordon", cordon]),
        ("Whole projects", [str(HERE / "project" / "peers.py"), "--cordon", cordon]),
        ("A tree of 20,000 files", [str(HERE / "project" / "tree.py"), "--cordon", cordon]),
        ("Integrity", [str(HERE / "integrity" / "integrity.py"), "--cordon", cordon]),
    ]
    if not (DEPS / "benign" / "manifest.json").exists():
        result.append(("Making the benign corpus", [str(HERE / "benign" / "make_benign.py"), str(DEPS / "benign")]))
    result.append(("False alarms", [str(HERE / "benign" / "run.py"), "--cordon", cordon]))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True, type=lambda text: str(Path(text).resolve()))
    failed = []
    for title, command in steps(parser.parse_args().cordon):
        print(f"\n== {title}\n", flush=True)
        if subprocess.run([sys.executable, *command], check=False).returncode != 0:
            failed.append(title)
    if failed:
        print(f"\nmissed a target or failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
