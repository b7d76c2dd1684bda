#!/usr/bin/env python3
"""Measure Cordon's speed and memory beside its peers', on the same inputs.

    python3 run.py --cordon PATH            the full measurement
    python3 run.py --cordon PATH --quick    one round, peers cut off at 30 s
    python3 run.py                          the peers alone

For each tool and input: processor seconds (user + system, of the process and
the children it waited for), wall seconds and peak resident memory, as the
kernel reports them to wait4. Best of several rounds, the tools in turn within
each round. What counts against each target is processor time of the whole
process, start-up included. See README.md for the inputs and targets.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEPS = HERE.parent.parent / ".deps"
PEERS = DEPS / "peers"
STORE = DEPS / "speed"
INPUTS = STORE / "inputs"
SCRATCH = STORE / "scratch"         # where tools run, and what they take for home

TIME_LIMIT, QUICK_TIME_LIMIT = 120, 30
SLOW_PEER = 60                      # a peer gets no further round past this many wall seconds
MB = 1_000_000


# ---------------------------------------------------------------- what is run

@dataclass(frozen=True)
class Tool:
    name: str
    program: Path
    before: tuple[str, ...]         # arguments before the path
    after: tuple[str, ...] = ()
    folders: bool = True            # whether it takes a folder

    def command(self, path: Path) -> list[str]:
        return [str(self.program), *self.before, str(path), *self.after]


def peers() -> list[Tool]:
    programs = PEERS / "bin"
    return [
        Tool("picklescan", programs / "picklescan", ("--path",)),
        Tool("modelscan", programs / "modelscan", ("-p",)),
        Tool("fickling", programs / "fickling", ("--check-safety",), folders=False),
        Tool("modelaudit", programs / "modelaudit", ("scan", "--no-cache")),
    ]


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    file: str
    rounds: int = 5


MILLION = ("ints", "dicts", "tuples", "calls")
CASES = [
    Case("start-up", "start-up: a pickle of 320 bytes", "small.pkl"),
    *(Case(f"million-{shape}", f"a million opcodes: {shape}", f"million-{shape}.pkl")
      for shape in MILLION),
    Case("half-gib-pickle", "half a GiB: pickle of large bytes", "half-gib.pkl", rounds=3),
    Case("half-gib-torch", "half a GiB: PyTorch archive", "half-gib.pt", rounds=3),
    Case("tree", "a tree of 2,000 small files", "tree"),
]


# ---------------------------------------------------------------- one run

@dataclass(frozen=True)
class Run:
    cpu: float
    wall: float
    resident: int                   # bytes
    status: int | None              # exit status; None if stopped at the limit


def environment() -> dict[str, str]:
    """A plain environment: no telemetry, no settings from anyone's home."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "HOME": str(SCRATCH), "NO_ANALYTICS": "1",
            "PROMPTFOO_DISABLE_TELEMETRY": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def measure(command: list[str], limit: float) -> Run:
    """Run a command to its end, or kill it and its children at the limit."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=SCRATCH, env=environment(), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True
        os.killpg(process.pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        _, wait_status, usage = os.wait4(process.pid, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    process.returncode = os.waitstatus_to_exitcode(wait_status)
    wall = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * unit,
               None if stopped else process.returncode)


# ---------------------------------------------------------------- one case

@dataclass
class Figure:
    """What one tool took for one case; `why` says why it does not count."""
    cpu: float | None = None
    wall: float | None = None
    resident: int | None = None
    runs: int = 0
    status: int | None = None
    why: str = ""

    def add(self, run: Run) -> None:
        """Keep the least time and the least memory."""
        self.cpu = run.cpu if self.cpu is None else min(self.cpu, run.cpu)
        self.wall = run.wall if self.wall is None else min(self.wall, run.wall)
        self.resident = run.resident if self.resident is None else min(self.resident, run.resident)
        self.status, self.runs = run.status, self.runs + 1


def read_through(path: Path) -> None:
    """Bring a file, or a folder's files, into the page cache."""
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            with file.open("rb", buffering=0) as handle:
                while handle.read(1 << 20):
                    pass


def why_not(run: Run, limit: float) -> str:
    """In words, why a run does not count: a scan ends with 0 or 1."""
    if run.status is None:
        return f"over {limit:.0f} s"
    return "" if run.status in (0, 1) else f"failed (exit {run.status})"


def measure_case(case: Case, tools: list[Tool], rounds: int, limit: float) -> dict[str, Figure]:
    path = INPUTS / case.file
    figures = {tool.name: Figure() for tool in tools}
    spent = dict.fromkeys(figures, 0.0)
    read_through(path)
    for _ in range(rounds):
        for tool in tools:
            figure = figures[tool.name]
            if not tool.program.is_file():
                figure.why = "not installed"
            elif path.is_dir() and not tool.folders:
                figure.why = "files only"
            if figure.why or (tool.name != "cordon" and spent[tool.name] > SLOW_PEER):
                continue
            run = measure(tool.command(path), limit)
            spent[tool.name] += run.wall
            figure.why = why_not(run, limit)
            figure.add(run)
    return figures


# ---------------------------------------------------------------- targets

Results = dict[str, dict[str, Figure]]


@dataclass
class Verdict:
    target: str
    got: str
    met: bool | None                # None: could not be said
    words: str = field(init=False)

    def __post_init__(self) -> None:
        self.words = {True: "met", False: "MISSED", None: "not measured"}[self.met]


def cpu_of(results: Results, case: str, tool: str) -> float | None:
    figure = results.get(case, {}).get(tool)
    return figure.cpu if figure and not figure.why else None


def at_most(results: Results, case: str, what: str, limit: float, aim: float = 0) -> Verdict:
    cpu = cpu_of(results, case, "cordon")
    aimed = f" (aim {aim:.3f})" if aim else ""
    return Verdict(f"{what}: at most {limit:.3f} CPU-s{aimed}",
                   "-" if cpu is None else f"{cpu:.4f} CPU-s",
                   None if cpu is None else cpu <= limit)


def memory_at_most(results: Results, case: str, what: str, limit: int) -> Verdict:
    figure = results.get(case, {}).get("cordon")
    used = figure.resident if figure and not figure.why else None
    return Verdict(f"{what}: at most {limit // MB} MB resident",
                   "-" if used is None else f"{used / MB:.1f} MB",
                   None if used is None else used <= limit)


def times_faster(results: Results, cases: list[str], what: str, factor: float) -> Verdict:
    """Over several cases: the total of one tool against the total of the other."""
    pairs = [(cpu_of(results, case, "cordon"), cpu_of(results, case, "picklescan")) for case in cases]
    ours, theirs = [a for a, _ in pairs if a is not None], [b for _, b in pairs if b is not None]
    target = f"{what}: at least {factor:g} x picklescan in CPU time"
    if not len(ours) == len(theirs) == len(cases):
        return Verdict(target, "-", None)
    ratio = sum(theirs) / max(sum(ours), 1e-6)
    return Verdict(target, f"{ratio:.1f} x", ratio >= factor)


def verdicts(results: Results) -> list[Verdict]:
    million = [f"million-{shape}" for shape in MILLION]
    out = [at_most(results, "start-up", "start-up", 0.030, aim=0.010),
           times_faster(results, million, "a million opcodes, mean of the shapes", 30)]
    out += [times_faster(results, [case], f"  {case.removeprefix('million-')} alone", 30)
            for case in million]
    for kind in ("pickle", "torch"):
        out += [at_most(results, f"half-gib-{kind}", f"half a GiB, {kind}", 0.050),
                memory_at_most(results, f"half-gib-{kind}", f"half a GiB, {kind}", 64 * MB)]
    return [*out, times_faster(results, ["tree"], "2,000 small files", 4)]


# ---------------------------------------------------------------- printing

def row(tool: str, figure: Figure, ours: float | None) -> str:
    if figure.why:
        after = f" after {figure.cpu:.4f} CPU-s" if figure.status is not None else ""
        return f"  {tool:<12}{figure.why}{after}"
    assert figure.cpu is not None and figure.wall is not None and figure.resident is not None
    ratio = f"{figure.cpu / max(ours, 1e-6):9.1f} x" if ours is not None and tool != "cordon" else ""
    note = f"exit {figure.status}" if figure.status else ""
    return (f"  {tool:<12}{figure.cpu:10.4f}{figure.wall:10.4f}{figure.resident / MB:10.1f}"
            f"{ratio:>11}  {figure.runs:>4}  {note}").rstrip()


def print_case(case: Case, figures: dict[str, Figure]) -> None:
    print(f"\n{case.title}")
    print(f"  {'':<12}{'CPU s':>10}{'wall s':>10}{'MB':>10}{'cordon is':>11}  runs")
    ours = cpu_of({case.name: figures}, case.name, "cordon")
    for tool, figure in figures.items():
        print(row(tool, figure, ours))
    sys.stdout.flush()


def print_verdicts(found: list[Verdict]) -> None:
    width = max(len(verdict.target) for verdict in found)
    print("\nTargets")
    for verdict in found:
        print(f"  {verdict.target:<{width}}  {verdict.got:>14}  {verdict.words}")


# ---------------------------------------------------------------- all of it

def versions() -> dict[str, str]:
    """What is installed, from the names of its dist-info folders."""
    names = {tool.name for tool in peers()}
    found: Iterator[Path] = PEERS.glob("lib/python*/site-packages/*.dist-info")
    pairs = (path.name.removesuffix(".dist-info").split("-", 1) for path in found)
    return {name: version for name, version in sorted(pairs) if name in names}


def save(path: Path, quick: bool, floor: int, results: Results, found: list[Verdict]) -> None:
    path.write_text(json.dumps({
        "quick": quick,
        "machine": {"system": platform.system(), "machine": platform.machine(),
                    "processors": os.cpu_count(), "python": platform.python_version()},
        "versions": versions(),
        "resident_floor": floor,
        "cases": {case: {tool: asdict(figure) for tool, figure in figures.items()}
                  for case, figures in results.items()},
        "targets": [asdict(verdict) for verdict in found],
    }, indent=2) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cordon", type=Path, metavar="PATH", help="the cordon program")
    parser.add_argument("--quick", action="store_true", help="one round, short time limit")
    parser.add_argument("--only", metavar="TEXT", default="", help="only cases whose name holds this")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    tools = peers()
    if options.cordon:
        if not os.access(options.cordon, os.X_OK):
            sys.exit("run.py: --cordon does not name a program")
        tools.insert(0, Tool("cordon", options.cordon.resolve(), ("scan",), ("--quiet",)))
    subprocess.run([sys.executable, str(HERE / "inputs.py"), str(INPUTS)], check=True)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    limit = QUICK_TIME_LIMIT if options.quick else TIME_LIMIT

    floor = measure(["true"], limit).resident
    print(", ".join(f"{name} {version}" for name, version in versions().items()))
    print(f"memory below {floor / MB:.1f} MB cannot be told apart: that is this script's own")
    results: Results = {}
    for case in CASES:
        if options.only in case.name:
            rounds = 1 if options.quick else case.rounds
            results[case.name] = measure_case(case, tools, rounds, limit)
            print_case(case, results[case.name])
    found = verdicts(results)
    if options.cordon:
        print_verdicts(found)
    if not options.only:
        save(STORE / ("result-quick.json" if options.quick else "result.json"),
             options.quick, floor, results, found)
    if not options.cordon:
        return 0
    wanted = [verdict for verdict in found if not options.only or verdict.met is not None]
    return 0 if all(verdict.met for verdict in wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
