#!/usr/bin/env python3
"""Build the two halves of the benign benchmark.

    make_benign.py OUT [--half tuning|evaluation|both]

OUT/tuning holds files that the libraries saved here, OUT/evaluation files that
packages ship. OUT/manifest.json lists both, OUT/imports.json the imports of the
pickles of the tuning half. See README.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SYSTEM_PYTHON = Path("/usr/bin/python3")
TORCH_PACKAGES = "python3-torch python3-torchvision"


@dataclass(frozen=True)
class Environment:
    """An interpreter with libraries, and the writers to run in it."""

    name: str
    sets: tuple[str, ...]
    without_dependencies: tuple[str, ...] = ()
    system: bool = False


ENVIRONMENTS = (
    Environment(
        "recent",
        ("plain", "arrays", "tables", "sklearn_models", "learners", "formats", "keras_models"),
        without_dependencies=("xgboost-cpu", "catboost"),
    ),
    Environment("pandas3", ("tables",)),
    Environment("older", ("plain", "arrays", "tables", "sklearn_models", "learners")),
    Environment("tensorflow", ("tensorflow_models",)),
    Environment("debian", ("torch_models",), system=True),
)


def python_of(environment: Environment, out: Path) -> Path:
    """The interpreter of an environment, which is made first when missing."""
    if environment.system:
        require_torch()
        return SYSTEM_PYTHON
    home = out / "venvs" / environment.name
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    install(python, environment)
    return python


def install(python: Path, environment: Environment) -> None:
    """Install the pinned requirements; some without the GPU libraries they ask for."""
    lines = (HERE / "requirements" / f"{environment.name}.txt").read_text().split()
    alone = [line for line in lines if line.split("==")[0] in environment.without_dependencies]
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *(line for line in lines if line not in alone)], check=True)
    if alone:
        subprocess.run([*pip, "--no-deps", *alone], check=True)


def require_torch() -> None:
    """Stop with advice when the system interpreter has no PyTorch."""
    found = subprocess.run([str(SYSTEM_PYTHON), "-c", "import torch"], capture_output=True)
    if found.returncode:
        sys.exit(f"PyTorch is missing. Install it with: apt-get install {TORCH_PACKAGES}")


def build_tuning(out: Path) -> None:
    """Write the tuning half beside the old one, and swap them when it is complete."""
    fresh = out / "tuning.new"
    shutil.rmtree(fresh, ignore_errors=True)
    reports = out / "reports"
    reports.mkdir(parents=True, exist_ok=True)
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    for environment in ENVIRONMENTS:
        command = [str(python_of(environment, out)), str(HERE / "save_models.py")]
        command += [
            "--out",
            str(fresh / environment.name),
            "--report",
            str(reports / f"{environment.name}.json"),
            "--sets",
        ]
        with (reports / f"{environment.name}.log").open("w") as log:
            subprocess.run([*command, *environment.sets], check=True, env=quiet, stderr=log)
    shutil.rmtree(out / "tuning", ignore_errors=True)
    fresh.rename(out / "tuning")
    recent = python_of(ENVIRONMENTS[0], out)
    subprocess.run(
        [str(recent), str(HERE / "trace_imports.py"), str(out / "tuning"), str(out / "imports.json")],
        check=True,
        env=quiet,
    )


def build_evaluation(out: Path) -> None:
    """Collect the evaluation half in the environment that can read every compression."""
    python = python_of(ENVIRONMENTS[0], out)
    subprocess.run([str(python), str(HERE / "collect_shipped.py"), str(out)], check=True)


def write_manifest(out: Path) -> None:
    """Describe both halves, in the environment that can read every compression."""
    python = python_of(ENVIRONMENTS[0], out)
    subprocess.run([str(python), str(HERE / "write_manifest.py"), str(out)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--half", choices=("tuning", "evaluation", "both"), default="both")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    out = options.out.resolve()
    if options.half in ("tuning", "both"):
        build_tuning(out)
    if options.half in ("evaluation", "both"):
        build_evaluation(out)
    write_manifest(out)


if __name__ == "__main__":
    main()
