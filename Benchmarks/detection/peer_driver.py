"""Runs one peer scanner over many files: peer_driver.py TOOL JOBS.json OUT.json.

Run by the peers' own Python. The tool is imported once; every file is scanned by the tool's own
command line in a forked child with a time and memory cap, so that one failure hides no other.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
import time
from typing import Callable

CAP_SECONDS = 60
CAP_MEMORY = 6 << 30
TAIL = 6000


def picklescan(path: str) -> object:
    """picklescan's command."""
    from picklescan.cli import main
    sys.argv = ["picklescan", "-p", path]
    return main()


def modelscan(path: str) -> object:
    """modelscan's command."""
    from modelscan.cli import main
    sys.argv = ["modelscan", "-p", path]
    return main()


def fickling(path: str) -> object:
    """fickling's command."""
    from fickling.cli import main
    return main(["fickling", "--check-safety", "--json-output", os.devnull, "-p", path])


def modelaudit(path: str) -> object:
    """modelaudit's command."""
    from modelaudit.cli import main
    sys.argv = ["modelaudit", "scan", "--format", "json", "--no-cache", path]
    return main()


TOOLS: dict[str, Callable[[str], object]] = {t.__name__: t for t in (picklescan, modelscan, fickling, modelaudit)}


def _child(tool: Callable[[str], object], path: str, log: int) -> None:
    """Never returns."""
    os.setsid()
    os.dup2(log, 1)
    os.dup2(log, 2)
    resource.setrlimit(resource.RLIMIT_AS, (CAP_MEMORY, CAP_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code: object = 0
    try:
        code = tool(path)
    except SystemExit as stop:
        code = stop.code
    except BaseException as error:  # a crash of the tool is a result too
        print(f"CRASH {type(error).__name__}: {error}", flush=True)
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def scan(tool: Callable[[str], object], path: str) -> dict[str, object]:
    """Exit code, output tail and time of one file."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as log:
        pid = os.fork()
        if pid == 0:
            _child(tool, path, log.fileno())
        status: int | None = None
        while status is None and time.monotonic() - start < CAP_SECONDS:
            done, wait = os.waitpid(pid, os.WNOHANG)
            if done:
                status = wait
            else:
                time.sleep(0.005)
        if status is None:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
    code = None if status is None else os.waitstatus_to_exitcode(status)
    return {"exit": code, "seconds": round(time.monotonic() - start, 3), "output": text[-TAIL:],
            "nothing_scanned": '"files_scanned": 0' in text}


def main() -> None:
    """Command line."""
    name, jobs, out = sys.argv[1:]
    tool = TOOLS[name]
    __import__(f"{name}.cli")
    with open(jobs) as file:
        paths = json.load(file)
    results = {path: scan(tool, path) for path in paths}
    with open(out, "w") as file:
        json.dump(results, file)


if __name__ == "__main__":
    main()
