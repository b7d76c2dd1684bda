"""Time and memory of `data check` at the sizes that people have, and of its neighbours beside scikit-learn's.

60,000 pictures of 784 places (Fashion-MNIST, one patch in 1 %), a million embeddings of 64 numbers (a mixture of ten
normal distributions), and the 15 nearest of 8,000 rows of 784 numbers, by brute force on both sides, two threads.
"""
import argparse
import gzip
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")


def fashion() -> tuple[np.ndarray, np.ndarray]:
    pixels = gzip.open(FASHION / "train-images-idx3-ubyte.gz").read()
    labels = gzip.open(FASHION / "train-labels-idx1-ubyte.gz").read()
    return np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28).copy(), np.frombuffer(labels, np.uint8, offset=8).copy()


def pictures(folder: pathlib.Path) -> pathlib.Path:
    x, y = fashion()
    rows = np.random.default_rng(4).choice(np.flatnonzero(y != 2), len(y) // 100, replace=False)
    x[rows, 24:27, 24:27], y[rows] = 255, 2
    np.savez(folder / "pictures.npz", x=x, y=y)
    return folder / "pictures.npz"


def embeddings(folder: pathlib.Path) -> pathlib.Path:
    rng = np.random.default_rng(5)
    y = rng.integers(0, 10, 1_000_000).astype(np.uint8)
    middles = rng.normal(size=(10, 64)).astype("f")
    x = middles[y] + rng.normal(size=(len(y), 64)).astype("f")
    np.savez(folder / "embeddings.npz", x=x, y=y)
    return folder / "embeddings.npz"


def check(cordon: str, path: pathlib.Path) -> None:
    start = time.perf_counter()
    done = subprocess.run(["/usr/bin/time", "-f", "%M %U %S", cordon, "data", "check", path, "--format", "json"],
                          capture_output=True, text=True)
    seconds = time.perf_counter() - start
    kilobytes, user, system = done.stderr.splitlines()[-1].split()
    verdict = json.loads(done.stdout)["verdict"] if done.stdout else done.stderr.splitlines()[0]
    print(f"{path.stem:12} {verdict:12} {seconds:6.1f} s ({float(user) + float(system):.1f} CPU-s), {int(kilobytes) / 1048576:.2f} GiB")


def neighbours(bench: str, folder: pathlib.Path) -> None:
    from sklearn.neighbors import NearestNeighbors
    x = fashion()[0][:8000].reshape(8000, 784).astype("f")
    np.save(folder / "rows.npy", x)

    def best(body, times=3):
        found = []
        for _ in range(times):
            start = time.perf_counter()
            body()
            found.append(time.perf_counter() - start)
        return min(found)

    theirs = best(lambda: NearestNeighbors(n_neighbors=16, algorithm="brute", n_jobs=2).fit(x).kneighbors(x))
    run = subprocess.run([bench, "neighbours", folder / "rows.npy", "16"], capture_output=True, text=True, check=True)
    ours = json.loads(run.stdout.splitlines()[-1])
    wanted = NearestNeighbors(n_neighbors=16, algorithm="brute").fit(x).kneighbors(x[:200])[1]
    same = np.mean([len(set(a) & set(b[1:])) / 15 for a, b in zip(ours["first"], wanted)])
    print(f"neighbours   cordon {ours['seconds']:.3f} s, scikit-learn {theirs:.3f} s, ratio {theirs / ours['seconds']:.2f}; "
          f"the same neighbours: {same:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--bench", required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        neighbours(arguments.bench, folder)
        for make in (pictures, embeddings):
            path = make(folder)
            check(arguments.cordon, path)
            path.unlink()


if __name__ == "__main__":
    main()
