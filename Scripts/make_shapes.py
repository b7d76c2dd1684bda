"""Draws the pictures of Examples/shapes: three shapes, twelve of each, with noise, from a fixed seed. Needs Pillow and NumPy."""

import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw


def main():
    rng = np.random.default_rng(3)
    root = pathlib.Path(sys.argv[1])
    for shape in ("circle", "square", "triangle"):
        (root / shape).mkdir(parents=True, exist_ok=True)
        for number in range(12):
            image = Image.new("L", (96, 96), int(rng.integers(10, 60)))
            x, y, r = rng.integers(38, 58), rng.integers(38, 58), rng.integers(18, 32)
            shade = int(rng.integers(150, 250))
            draw = ImageDraw.Draw(image)
            if shape == "circle":
                draw.ellipse([x - r, y - r, x + r, y + r], fill=shade)
            elif shape == "square":
                draw.rectangle([x - r, y - r, x + r, y + r], fill=shade)
            else:
                draw.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=shade)
            small = np.asarray(image.resize((24, 24), Image.Resampling.BILINEAR)).astype("f")
            noisy = np.clip(small + rng.normal(scale=6, size=small.shape), 0, 255).astype("u1")
            Image.fromarray(noisy // 8 * 8).save(root / shape / f"{number:02}.png", optimize=True)


main()
