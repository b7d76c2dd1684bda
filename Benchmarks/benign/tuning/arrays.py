"""NumPy and SciPy objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import interpolate, ndimage, optimize, signal, sparse, spatial, stats

from .shelf import JOBLIB_COMPRESSIONS, Shelf

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 longdouble "
    "complex64 complex128 S5 U7 V3 datetime64[ns] datetime64[D] timedelta64[s] >i4 <f8 >f8 O"
).split()
RECORD = np.dtype([("name", "U8"), ("age", "i4"), ("place", [("x", "f8"), ("y", "f8")]), ("tags", "i2", (2, 3))])


def write(shelf: Shelf) -> None:
    """Save arrays, random states and SciPy objects."""
    for dtype in DTYPES:
        write_dtype(shelf, dtype)
    shelf.each("numpy", numpy_objects(), shelf.model)
    shelf.each("numpy", random_objects(), shelf.model)
    shelf.each("numpy", saved_arrays(), lambda library, name, array: np.save(shelf.path(library, f"{name}.npy"), array))
    write_archives(shelf)
    shelf.pickle("numpy", "all-protocols", {"a": np.arange(6.0).reshape(2, 3), "b": np.float32(1.5)}, range(6))
    shelf.joblib(
        "numpy", "all-compressions", [np.arange(1000.0), np.array(["a", {"k": 1}], dtype=object)], JOBLIB_COMPRESSIONS
    )
    shelf.each("scipy", scipy_objects(), shelf.model)
    write_sparse_archives(shelf)


def write_dtype(shelf: Shelf, dtype: str) -> None:
    """Save one array per way of saving for `dtype`."""
    name = "dtype-" + dtype.replace("[", "-").replace("]", "").replace(">", "big-").replace("<", "little-")
    with shelf.attempt(f"numpy/{name}"):
        array = sample(dtype)
        np.save(shelf.path("numpy", f"{name}.npy"), array, allow_pickle=True)
        np.save(shelf.path("numpy", f"{name}-fortran.npy"), np.asfortranarray(array.reshape(2, -1)), allow_pickle=True)
        shelf.model("numpy", name, array)
        shelf.pickle("numpy", name + "-scalar", array[0])


def sample(dtype: str) -> np.ndarray:
    """A small array of `dtype`."""
    if dtype == "O":
        return np.array(["text", {"k": [1, 2]}, None, (1, 2.5)], dtype=object)
    if dtype.startswith("V"):
        return np.zeros(4, dtype)
    if dtype.startswith(("datetime", "timedelta")):
        return np.arange(4).astype(dtype)
    return np.array([0, 1, 2, 3]).astype(dtype)


def numpy_objects() -> dict[str, Callable[[], Any]]:
    """NumPy values other than plain arrays."""
    return {
        "masked": lambda: np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0]),
        "masked-constant": lambda: np.ma.masked,
        "masked-records": lambda: np.ma.zeros(3, dtype=RECORD),
        "structured": lambda: np.zeros(3, RECORD),
        "recarray": lambda: np.rec.array([(1, "a"), (2, "b")], dtype=[("n", "i4"), ("s", "U2")]),
        "matrix": lambda: np.matrix([[1, 2], [3, 4]]),
        "object-dicts": lambda: np.array([{"a": 1}, {"b": np.arange(3)}], dtype=object),
        "object-ragged": lambda: np.array([np.arange(2), np.arange(3)], dtype=object),
        "empty": lambda: np.empty((0, 3)),
        "zero-dimensional": lambda: np.array(5),
        "dtypes": lambda: [np.dtype(d) for d in ("f4", "i8", "U3", "M8[ns]", RECORD)],
        "scalar-types": lambda: [np.float32, np.int64, np.bool_, np.str_, np.datetime64],
        "scalars": lambda: {"loss": np.float32(0.5), "step": np.int64(3), "ok": np.bool_(True)},
        "ufuncs": lambda: {"log": np.log, "add": np.add, "mean": np.mean, "argmax": np.argmax},
        "polynomial": lambda: np.polynomial.Polynomial([1, 2, 3]),
        "poly1d": lambda: np.poly1d([1, 2, 3]),
        "finfo": lambda: {"nan": np.nan, "inf": np.inf},
        "memory-order": lambda: np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        "chararray": lambda: np.char.array(["a", "b"]),
        "vectorized-index": lambda: [np.s_[1:3], np.s_[..., 0], slice(None)],
        "weights-by-layer": lambda: {"dense/kernel": np.ones((3, 2), "f4"), "dense/bias": np.zeros(2, "f4")},
    }


def random_objects() -> dict[str, Callable[[], Any]]:
    """Random generators and their states."""
    kinds = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
    values: dict[str, Callable[[], Any]] = {
        f"generator-{kind}": lambda kind=kind: np.random.Generator(getattr(np.random, kind)(3)) for kind in kinds
    }
    values |= {f"bits-{kind}": lambda kind=kind: getattr(np.random, kind)(3) for kind in kinds}
    values |= {
        "random-state": lambda: np.random.RandomState(3),
        "random-state-tuple": lambda: np.random.get_state(),
        "seed-sequence": lambda: np.random.SeedSequence(7).spawn(2),
        "default-rng": lambda: np.random.default_rng(1),
    }
    return values


def saved_arrays() -> dict[str, Callable[[], Any]]:
    """Objects that `numpy.save` takes."""
    names = ("structured", "object-dicts", "object-ragged", "empty", "zero-dimensional", "recarray")
    objects = numpy_objects()
    return {f"save-{name}": objects[name] for name in names} | {
        "save-dictionary": lambda: {"weights": [np.ones(3)], "name": "net"},
        "save-embedding": lambda: np.random.RandomState(0).normal(size=(64, 16)).astype("f2"),
    }


def write_archives(shelf: Shelf) -> None:
    """Save npz archives."""
    arrays = {"a": np.arange(5), "b": np.ones((2, 2), "f4"), "names": np.array(["x", "y"])}
    np.savez(shelf.path("numpy", "archive.npz"), **arrays)
    np.savez_compressed(shelf.path("numpy", "archive-compressed.npz"), **arrays)
    np.savez(shelf.path("numpy", "archive-objects.npz"), meta=np.array({"classes": ["a"]}, dtype=object), **arrays)
    np.savez(shelf.path("numpy", "archive-positional.npz"), np.arange(3), np.zeros((0,)))
    np.savez(shelf.path("numpy", "archive-layers.npz"), **{f"layer{i}/kernel:0": np.ones((i + 1, 2)) for i in range(5)})
    np.savetxt(shelf.path("numpy", "table.txt"), arrays["b"])


def write_sparse_archives(shelf: Shelf) -> None:
    """Save sparse matrices in SciPy's own format."""
    for kind in ("csr", "csc", "coo", "bsr", "dia"):
        matrix = sparse.random(8, 8, 0.3, format=kind, random_state=0)
        sparse.save_npz(shelf.path("scipy", f"sparse-{kind}.npz"), matrix, compressed=kind != "csr")


def scipy_objects() -> dict[str, Callable[[], Any]]:
    """SciPy values that are saved with models."""
    points = np.random.RandomState(0).normal(size=(20, 2))
    line = np.linspace(0, 1, 12)
    wave = np.sin(line)
    kinds = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
    values: dict[str, Callable[[], Any]] = {
        f"matrix-{kind}": lambda kind=kind: sparse.random(8, 8, 0.3, format=kind, random_state=0) for kind in kinds
    }
    values |= {f"array-{kind}": lambda kind=kind: getattr(sparse, f"{kind}_array")(np.eye(4)) for kind in kinds}
    laws = (
        "norm",
        "uniform",
        "loguniform",
        "expon",
        "gamma",
        "beta",
        "randint",
        "poisson",
        "t",
        "lognorm",
        "truncnorm",
    )
    arguments = {
        "loguniform": (0.1, 1),
        "gamma": (2,),
        "beta": (2, 3),
        "randint": (0, 5),
        "poisson": (3,),
        "t": (4,),
        "lognorm": (1,),
        "truncnorm": (-1, 1),
    }
    values |= {f"frozen-{law}": lambda law=law: getattr(stats, law)(*arguments.get(law, ())) for law in laws}
    values |= {
        "frozen-multivariate": lambda: stats.multivariate_normal([0, 0], np.eye(2)),
        "kernel-density": lambda: stats.gaussian_kde(points.T),
        "histogram": lambda: stats.rv_histogram(np.histogram(wave)),
        "test-result": lambda: stats.ttest_ind(wave, wave + 1),
        "kdtree": lambda: spatial.KDTree(points),
        "ckdtree": lambda: spatial.cKDTree(points),
        "hull": lambda: spatial.ConvexHull(points).vertices,
        "rotation": lambda: spatial.transform.Rotation.from_euler("z", 90, degrees=True),
        "interp1d": lambda: interpolate.interp1d(line, wave, kind="cubic"),
        "cubic": lambda: interpolate.CubicSpline(line, wave),
        "pchip": lambda: interpolate.PchipInterpolator(line, wave),
        "akima": lambda: interpolate.Akima1DInterpolator(line, wave),
        "bspline": lambda: interpolate.make_interp_spline(line, wave),
        "univariate": lambda: interpolate.UnivariateSpline(line, wave),
        "grid": lambda: interpolate.RegularGridInterpolator((line, line), np.outer(wave, wave)),
        "rbf": lambda: interpolate.RBFInterpolator(points, points[:, 0]),
        "nearest": lambda: interpolate.NearestNDInterpolator(points, points[:, 0]),
        "linear-nd": lambda: interpolate.LinearNDInterpolator(points, points[:, 0]),
        "optimum": lambda: optimize.minimize(np.linalg.norm, [1.0, 1.0]),
        "bounds": lambda: optimize.Bounds([0], [1]),
        "transfer": lambda: signal.TransferFunction([1], [1, 2]),
        "label": lambda: ndimage.label(np.eye(4)),
    }
    return values
