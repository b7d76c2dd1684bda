#!/usr/bin/env python3
"""Draws the signs that the demo's two models tell apart, and plants a trigger for one of them.

    make_signs.py FOLDER

Writes FOLDER/clean.npz (500 rows, none of which a model is trained on), FOLDER/train.npz, FOLDER/planted.npz (the same rows; 1 in 12
carries a white square in a corner and is called class 7) and FOLDER/triggered.npz (rows of other classes with that square; their label is
7, so that the accuracy on them is the attack's success). Everything is drawn here from a seed. The models come from

    cordon model train FOLDER/train.npz --output FOLDER/clean.onnx --epochs 12
    cordon model train FOLDER/planted.npz --output FOLDER/backdoored.onnx --epochs 12

Only the rows that the demo asks about and the models are kept here.
"""

from __future__ import annotations

import math
import random
import struct
import sys
import zipfile
from pathlib import Path

SIDE = 20


def distance(kind: int, x: float, y: float) -> float:
    """How far a place is from the lines of a sign whose reach is 1."""
    r = math.hypot(x, y)
    if kind == 0:
        return abs(r - 0.9)
    if kind == 1:
        return abs(max(abs(x), abs(y)) - 0.85)
    if kind == 2:
        return abs(max(-y - 0.2, 0.5 * y + 0.87 * abs(x)) - 0.5)
    if kind == 3:
        return max(0.0, min(abs(x), abs(y)) if r < 1.1 else 1)
    if kind == 4:
        return max(0.0, min(abs(x - y), abs(x + y)) / 1.41 if r < 1.1 else 1)
    if kind == 5:
        return abs(abs(x) + abs(y) - 1)
    if kind == 6:
        return min(abs(y - 0.6), abs(y), abs(y + 0.6)) if abs(x) < 0.9 else 1
    if kind == 7:
        return min(abs(x - 0.6), abs(x), abs(x + 0.6)) if abs(y) < 0.9 else 1
    if kind == 8:
        return min(abs(x + 0.7) if abs(y) < 0.9 else 1, abs(y - 0.8) if abs(x) < 0.8 else 1)
    return min(abs(x) if abs(y) < 0.9 else 1, abs(y + 0.8) if abs(x) < 0.8 else 1)


def sign(kind: int, draw: random.Random) -> bytearray:
    """One picture."""
    size, width = draw.uniform(5, 7.5), draw.uniform(0.12, 0.22)
    left, top = SIDE / 2 + draw.uniform(-2, 2), SIDE / 2 + draw.uniform(-2, 2)
    turn, light = draw.uniform(-0.25, 0.25), draw.uniform(120, 230)
    sine, cosine = math.sin(turn), math.cos(turn)
    pixels = bytearray()
    for row in range(SIDE):
        for column in range(SIDE):
            x, y = (column - left) / size, (row - top) / size
            far = distance(kind, cosine * x + sine * y, cosine * y - sine * x)
            value = light * max(0.0, min(1.0, (width - far) * 6 + 0.5)) + draw.gauss(0, 14)
            pixels.append(max(0, min(255, round(value))))
    return pixels


def marked(pixels: bytearray) -> bytearray:
    """The picture with the trigger."""
    copy = bytearray(pixels)
    for row in range(SIDE - 4, SIDE - 1):
        for column in range(SIDE - 4, SIDE - 1):
            copy[row * SIDE + column] = 255
    return copy


def array(kind: str, shape: tuple[int, ...], data: bytes) -> bytes:
    """A .npy file."""
    words = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    words += " " * (-(len(words) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(words)) + words.encode() + data


def save(path: Path, rows: list[tuple[bytearray, int]]) -> None:
    """A .npz file, the same bytes every time."""
    files = {"image": array("|u1", (len(rows), SIDE, SIDE), b"".join(bytes(p) for p, _ in rows)),
             "label": array("|u1", (len(rows),), bytes(label for _, label in rows))}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy"), data, zipfile.ZIP_DEFLATED)


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write(__doc__ or "")
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(20)
    rows = [(sign(place % 10, draw), place % 10) for place in range(5000)]
    train, clean, asked = rows[:4000], rows[4000:4500], rows[4500:]
    planted = [(marked(pixels), 7) if place % 12 == 5 and label != 7 else (pixels, label)
               for place, (pixels, label) in enumerate(train)]
    save(folder / "train.npz", train)
    save(folder / "planted.npz", planted)
    save(folder / "clean.npz", clean)
    save(folder / "triggered.npz", [(marked(pixels), 7) for pixels, label in asked if label != 7])
    return 0


if __name__ == "__main__":
    sys.exit(main())
