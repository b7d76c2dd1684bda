"""Makes the corpus of exotic model formats: benign, malicious and lying files, none of which is ever loaded."""

from __future__ import annotations

import argparse
import collections
import logging
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import archives  # noqa: E402
import networks  # noqa: E402
import repositories  # noqa: E402
import rfiles  # noqa: E402
import streams  # noqa: E402
import trees  # noqa: E402
from core import Corpus  # noqa: E402

Maker = Callable[[Corpus], None]


def makers() -> dict[str, Maker]:
    """All formats, by name."""
    table: dict[str, Maker] = {}
    for module in (trees, networks, rfiles, archives, repositories, streams):
        table.update(module.MAKERS)
    return table


def build(half: str, output: Path, only: list[str]) -> Corpus:
    """Writes one half anew."""
    if output.exists():
        shutil.rmtree(output)
    output.mkdir(parents=True)
    corpus = Corpus(half, output)
    for name, maker in makers().items():
        if only and name not in only:
            continue
        try:
            maker(corpus)
        except ImportError as error:
            corpus.skipped.append(f"{name}: {error}")
    corpus.finish()
    return corpus


def report(corpus: Corpus) -> None:
    """Prints counts by format and label."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for row in corpus.truth:
        counts[row["format"]][row["label"]] += 1
        counts["total"][row["label"]] += 1
    print(f"{'format':16}{'malicious':>10}{'lie':>6}{'benign':>8}")
    for name, labels in counts.items():
        if name != "total":
            print(f"{name:16}{labels['malicious']:10}{labels['lie']:6}{labels['benign']:8}")
    total = counts["total"]
    print(f"{'total':16}{total['malicious']:10}{total['lie']:6}{total['benign']:8}")
    for line in corpus.skipped:
        print("skipped", line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tuning", "evaluation"), default="tuning")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="make these formats only")
    parser.add_argument("--list", action="store_true", help="print the formats and stop")
    options = parser.parse_args()
    if options.list:
        print("\n".join(makers()))
        return 0
    if options.output is None:
        parser.error("--output is needed")
    warnings.filterwarnings("ignore")
    logging.disable(logging.ERROR)
    report(build(options.half, options.output, options.only))
    return 0


if __name__ == "__main__":
    sys.exit(main())
