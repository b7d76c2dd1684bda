"""Reading beside pyarrow and Pillow, in one run: Parquet, CSV, pictures, and the memory that ten gigabytes take.

`cordon-bench read` streams a dataset as every command of Cordon does; it is built by `make bench`. Figures are the best
of three runs on each side, two threads.
"""

import argparse
import gzip
import json
import pathlib
import resource
import subprocess
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from PIL import Image


def table(rows: int) -> pa.Table:
    rng = np.random.default_rng(0)
    return pa.table({
        "id": np.arange(rows), "a": rng.normal(size=rows), "b": rng.normal(size=rows).astype("f"),
        "label": rng.integers(0, 10, rows),
        "text": pa.array([f"customer {i} bought item {i % 997} in town {i % 31}" for i in range(rows)]),
        "flag": rng.random(rows) > 0.5,
    })


def ours(bench, *arguments):
    done = subprocess.run([bench, *map(str, arguments)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def best(body, times=3):
    results = []
    for _ in range(times):
        start = time.perf_counter()
        body()
        results.append(time.perf_counter() - start)
    return min(results)


def stream(batches):
    return sum(len(batch) for batch in batches)


def compare(name, mine, theirs, size):
    print(f"{name:34} cordon {size / mine / 1e6:7.0f} MB/s   peer {size / theirs / 1e6:7.0f} MB/s   ratio {theirs / mine:.2f}")


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def pictures(bench, folder, fashion):
    target = folder / "fashion-png"
    if not target.exists():
        with gzip.open(f"{fashion}/train-images-idx3-ubyte.gz", "rb") as file:
            images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
        with gzip.open(f"{fashion}/train-labels-idx1-ubyte.gz", "rb") as file:
            labels = np.frombuffer(file.read(), np.uint8, offset=8)
        for label in range(10):
            (target / str(label)).mkdir(parents=True)
        for index, (image, label) in enumerate(zip(images, labels)):
            Image.fromarray(image).save(target / str(label) / f"{index}.png")
    paths = sorted(target.glob("*/*.png"))
    start = cpu()
    for path in paths:
        with Image.open(path) as image:
            image.load()
    theirs = cpu() - start
    mine = min(ours(bench, "pictures", target)["cpu"] for _ in range(3))
    print(f"{len(paths):,} PNG, processor seconds       cordon {mine:7.2f} s      Pillow {theirs:7.2f} s      ratio {theirs / mine:.2f}")


def large(bench, folder):
    """Ten gigabytes of each: the same rows again and again."""
    rows = table(2_000_000)
    csv, parquet = folder / "large.csv", folder / "large.parquet"
    if not csv.exists():
        pc.write_csv(rows, folder / "part.csv")
        part = (folder / "part.csv").read_bytes()
        header, body = part.split(b"\n", 1)
        with open(csv, "wb") as file:
            file.write(header + b"\n")
            while file.tell() < 10 * 10**9:
                file.write(body)
    if not parquet.exists():
        with pq.ParquetWriter(parquet, rows.schema, compression="none", use_dictionary=False) as writer:
            while parquet.stat().st_size < 10 * 10**9:
                writer.write_table(rows, row_group_size=2_000_000)
    for path in (csv, parquet):
        result = ours(bench, "read", path)
        print(f"{path.name:20} {path.stat().st_size / 1e9:5.1f} GB, {result['rows']:,} rows in {result['seconds']:.1f} s,"
              f" {result['peakMB']} MB at most")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--folder", default=".deps/reading", type=pathlib.Path)
    parser.add_argument("--fashion", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--large", action="store_true", help="also ten gigabytes of CSV and Parquet (20 GB of disk)")
    arguments = parser.parse_args()
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    pa.set_cpu_count(2)
    csv, parquet = folder / "rows.csv", folder / "rows.parquet"
    if not parquet.exists():
        rows = table(4_000_000)
        pc.write_csv(rows, csv)
        pq.write_table(rows, parquet)
    bench = arguments.bench
    size = csv.stat().st_size
    mine = min(ours(bench, "read", csv)["seconds"] for _ in range(3))
    compare("CSV, beside read_csv", mine, best(lambda: pc.read_csv(csv)), size)
    compare("CSV, beside open_csv", mine, best(lambda: stream(pc.open_csv(csv))), size)
    size = parquet.stat().st_size
    mine = min(ours(bench, "read", parquet)["seconds"] for _ in range(3))
    compare("Parquet, beside read_table", mine, best(lambda: pq.read_table(parquet)), size)
    compare("Parquet, beside iter_batches", mine, best(lambda: stream(pq.ParquetFile(parquet).iter_batches(32768))), size)
    pictures(bench, folder, arguments.fashion)
    if arguments.large:
        large(bench, folder)


if __name__ == "__main__":
    main()
