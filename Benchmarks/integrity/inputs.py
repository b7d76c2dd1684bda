#!/usr/bin/env python3
"""Make the inputs `integrity.py` measures on: `python3 inputs.py FOLDER DIVISOR KIND...`

KIND is `large` (8 files of 512 MiB), `small` (20,000 files of 1 to 8 KiB) or
`one` (one file); sizes and counts are divided by DIVISOR. Random bytes under
fixed seeds. What is there and complete (`KIND.stamp` holds the current VERSION)
is kept.

It is a script of its own so that the memory it takes does not count as
resident memory of the processes `integrity.py` starts.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

VERSION = "1"
KIB, MIB = 1 << 10, 1 << 20
LARGE_FILES, LARGE_BYTES = 8, 512 * MIB
SMALL_FILES, IN_A_FOLDER, FOLDERS_IN_A_GROUP = 20_000, 100, 20
BLOCK = 16 * MIB


def large(root: Path, divisor: int) -> None:
    for number in range(LARGE_FILES):
        rng = random.Random(number)
        with (root / f"weights-{number}.bin").open("wb") as out:
            left = LARGE_BYTES // divisor
            while left > 0:
                left -= out.write(rng.randbytes(min(left, BLOCK)))


def small(root: Path, divisor: int) -> None:
    """Two levels of folders, a hundred files in each of the lower ones."""
    rng = random.Random("small")
    for number in range(SMALL_FILES // divisor):
        part = number // IN_A_FOLDER
        folder = root / f"group-{part // FOLDERS_IN_A_GROUP:02d}" / f"part-{part % FOLDERS_IN_A_GROUP:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file-{number:05d}.bin").write_bytes(rng.randbytes(rng.randint(KIB, 8 * KIB)))


def one(root: Path, _: int) -> None:
    (root / "model.bin").write_bytes(random.Random("one").randbytes(4 * KIB))


KINDS: dict[str, Callable[[Path, int], None]] = {"large": large, "small": small, "one": one}


def main(root: Path, divisor: int, kinds: list[str]) -> None:
    for kind in kinds:
        stamp = root / f"{kind}.stamp"
        if stamp.is_file() and stamp.read_text() == VERSION:
            continue
        stamp.unlink(missing_ok=True)
        shutil.rmtree(root / kind, ignore_errors=True)
        (root / kind).mkdir(parents=True)
        print(f"making the input '{kind}'", flush=True)
        KINDS[kind](root / kind, divisor)
        stamp.write_text(VERSION)


if __name__ == "__main__":
    if len(sys.argv) < 4 or not set(sys.argv[3:]) <= set(KINDS):
        sys.exit("usage: inputs.py FOLDER DIVISOR KIND...")
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
