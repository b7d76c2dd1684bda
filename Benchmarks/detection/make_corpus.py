#!/usr/bin/env python3
"""Write the detection corpus: make_corpus.py OUT [--seed N], or check one: --verify OUT."""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True

from corpus import core  # noqa: E402

MODULES = ("gadgets", "mechanics", "archives", "arrays", "tensors", "graphs", "kerasfiles",
           "configs", "benign")


def build(seed: int) -> core.Registry:
    """Every case of every module."""
    registry = core.Registry(seed)
    for name in MODULES:
        importlib.import_module(f"corpus.{name}").register(registry)
    return registry


def summary(manifest: dict) -> str:
    """Counts per half."""
    cases = manifest["cases"]
    lines = []
    for half in (*core.HALVES, core.BENIGN):
        chosen = [c for c in cases if c["half"] == half]
        kinds = Counter(c["kind"] for c in chosen)
        lines.append(f"{half}: {len(chosen)} cases, {len({c['class'] for c in chosen})} classes, "
                     + ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))
    hostile = [c for c in cases if c["expect"] == "malicious"]
    lines.append(f"hostile: {len(hostile)} cases, {len({c['class'] for c in hostile})} classes")
    return "\n".join(lines)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write, or to check with --verify")
    parser.add_argument("--seed", type=int, default=1, help="filler bytes only; the split ignores it")
    parser.add_argument("--verify", action="store_true", help="load the pickles in a guarded subprocess")
    parser.add_argument("--verbose", action="store_true", help="with --verify: tuning cases not proved")
    options = parser.parse_args()
    if options.verify:
        from corpus import verify
        return verify.run(options.out, options.verbose)
    for half in (*core.HALVES, core.BENIGN):
        shutil.rmtree(options.out / half, ignore_errors=True)
    options.out.mkdir(parents=True, exist_ok=True)
    print(summary(core.write(build(options.seed), options.out)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
