#!/usr/bin/env python3
"""Measure what `cordon provenance trace` makes of models and datasets whose lineage is known.

    python3 lineage.py --cordon PATH --half tuning        while working on the tracer; --show lists what is missed
    python3 lineage.py --cordon PATH --half evaluation    the figures to publish; says only how many
    python3 lineage.py --half tuning --check              make the projects, check them and the scoring; needs no cordon
    python3 lineage.py --half tuning --keep FOLDER        leave the projects and their truth there

The projects are made by fixed seeds. The tuning half has six parts, each with a
seed, names and kinds of its own (all but the first were evaluation halves once);
`--projects` is shared between them. The halves share no names, and some kinds of
project are in one half alone. A project states its lineage as real ones do:
model and dataset cards, Croissant, configurations, GGUF and safetensors
metadata, in-toto statements, bills of materials, pipelines. The kinds of the
evaluation half alone were written by somebody who had not read the tracer; who
works on the tracer reads neither them nor what of them is missed.

Edges are matched by the names of their ends (letter case, hub addresses and
revisions aside) and their relation. Where a document leaves the relation open,
as `base_model` without `base_model_relation` does, each reading is right. What
is right but need not be said (a supplier read off `owner/name`) counts neither
way. Everything else that is said counts as false.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

sys.dont_write_bytecode = True

import modelfiles as mf  # noqa: E402
import lineage_evaluation  # noqa: E402, F401: its kinds register themselves
import lineage_fifth  # noqa: E402, F401
import lineage_fourth  # noqa: E402, F401
import lineage_sixth  # noqa: E402, F401
from lineage_projects import (  # noqa: E402
    RELATIONS, PARTY_RELATIONS, CYCLE, GAP, CONTRADICTION, HALVES, PARTS, TIME_LIMIT, WORDS, Thing, Project, CASES,
)


# ---------------------------------------------------------------- making

def folder_name(p: Project, name: str) -> None:
    """Give the project the name its model has, if it lies in the project itself."""
    for thing in p.things:
        if p.root.name in thing.names:
            target = p.root.with_name(thing.last if thing.last != thing.name else name)
            thing.names[thing.names.index(p.root.name)] = target.name
            p.root.rename(target)
            p.root = target
            return


def make(out: Path, half: str, count: int) -> list[Project]:
    """Write the projects of a half; each part makes its share, each kind in turn."""
    parts = HALVES[half]
    return [project for number, part in enumerate(parts) for project in make_part(out, part, (count + len(parts) - 1 - number) // len(parts))]


def make_part(out: Path, part: str, count: int) -> list[Project]:
    """Write the projects of a part; the first ones are the same however many there are."""
    label, seed = PARTS[part]
    order = sorted(CASES[part])
    random.Random(seed).shuffle(order)
    projects = []
    for number in range(count):
        kind = order[number % len(order)]
        project = Project(out / f"{part}-{number:03d}" / "project", part, random.Random(f"{label}-{seed}-{number}"), kind)
        project.root.mkdir(parents=True)
        CASES[part][kind](project)
        folder_name(project, "project")
        if project.rng.random() < 0.4:                       # what else lies about
            project.write("docs/notes.md", "# Notes\n\nRun it with `python run.py`.\n")
            project.write("requirements.txt", "torch==2.4.0\nnumpy==1.26.4\n")
        if any(thing.gap == "yes" for thing in project.things):
            project.allowed_findings.add(GAP)
        projects.append(project)
    return projects


# ---------------------------------------------------------------- scoring

def plain(name: str) -> str:
    """A name without letter case, hub address, revision and kind."""
    name = name.strip().lower()
    name = re.sub(r"^(?:(?:node|model|dataset|file|party|code|data|artifact|component):)+", "", name)
    name = re.sub(r"^(?:https?://(?:www\.)?(?:huggingface\.co|hf\.co)/|hf://|hf:|pkg:huggingface/|file:/*)", "", name)
    name = re.sub(r"^(?:models|datasets)/(?=[^/]+/[^/]+$)", "", name)
    name = re.sub(r"@[0-9a-z.]+$", "", name) if "://" not in name else name
    return name.removeprefix("./").rstrip("/")


class Names:
    """Finds the things a name may mean; a last part alone means one only if it is nobody else's."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self.table: dict[str, list[Thing]] = defaultdict(list)
        lasts: dict[str, list[Thing]] = defaultdict(list)
        for thing in things:
            for name in {plain(n) for n in thing.names}:
                self.table[name].append(thing)
            lasts[plain(thing.last)].append(thing)
        for last, owners in lasts.items():
            if len(owners) == 1 and last not in self.table:
                self.table[last] = owners

    def of(self, node: dict) -> list[Thing]:
        for value in (node.get("name"), node.get("id")):
            if isinstance(value, str) and (found := self.table.get(plain(value))):
                return found
        return []


@dataclass
class Score:
    """Counts over all projects."""
    edges: Counter = field(default_factory=Counter)         # (carrier, wanted|found)
    relations: Counter = field(default_factory=Counter)
    gaps: Counter = field(default_factory=Counter)
    findings: Counter = field(default_factory=Counter)
    grades: Counter = field(default_factory=Counter)
    said: int = 0
    false_edges: int = 0
    failed: int = 0
    notes: list[str] = field(default_factory=list)


def owner_edge(start: list[Thing], relation: str, end_name: str) -> bool:
    """A party read off `owner/name`."""
    return relation in PARTY_RELATIONS and any("/" in t.name and plain(t.name.split("/")[0]) == end_name for t in start)


def judge(p: Project, answer: dict, score: Score) -> None:
    """Compare an answer with the truth."""
    names = Names(p.things)
    nodes = {node["id"]: node for node in answer.get("nodes", [])}
    label = f"{p.root.parent.name} {p.case}"
    found: set[int] = set()
    seen: set[tuple] = set()
    for edge in answer.get("edges", []):
        relation = edge.get("relation")
        if relation not in RELATIONS:
            continue
        ends = [nodes.get(edge[key], {"id": edge[key], "name": edge[key]}) for key in ("from", "to")]
        start, end = names.of(ends[0]), names.of(ends[1])
        texts = [plain(node.get("name") or node["id"]) for node in ends]
        key = (texts[0], relation, texts[1])
        if key in seen:
            continue
        seen.add(key)
        hits = {i for i, e in enumerate(p.edges) if relation in e.relations and e.starts(start) and e.end in end}
        if not hits and (owner_edge(start, relation, texts[1])
                         or any(relation in e.relations and e.start in start and e.end in end for e in p.allowed)):
            continue
        score.said += 1
        found |= hits
        for _ in hits:
            score.grades[edge.get("grade", "none")] += 1
        if not hits:
            score.false_edges += 1
            score.notes.append(f"{label}: false edge {texts[0]} {relation} {texts[1]}")
    for number, truth in enumerate(p.edges):
        score.edges[truth.carrier, "wanted"] += 1
        score.relations[truth.relations[0], "wanted"] += 1
        if number in found:
            score.edges[truth.carrier, "found"] += 1
            score.relations[truth.relations[0], "found"] += 1
        else:
            score.notes.append(f"{label}: missed edge {truth.start.name} {'|'.join(truth.relations)} {truth.end.name} ({truth.carrier})")
    judge_gaps(p, answer, nodes, names, score, label)
    judge_findings(p, answer, score, label)


def judge_gaps(p: Project, answer: dict, nodes: dict, names: Names, score: Score, label: str) -> None:
    wanted = [thing for thing in p.things if thing.gap == "yes"]
    met: list[Thing] = []
    false = set()
    for gap in answer.get("gaps", []):
        node = nodes.get(gap.get("node"), {"id": str(gap.get("node")), "name": str(gap.get("node"))})
        things = names.of(node)
        met += things
        if all(thing.gap == "no" for thing in things):
            false.add(plain(node.get("name") or node["id"]))
    for thing in wanted:
        score.gaps["wanted"] += 1
        score.gaps["found"] += thing in met
        if thing not in met:
            score.notes.append(f"{label}: missed gap {thing.name}")
    score.gaps["said"] += len(false) + sum(thing in met for thing in wanted)
    score.gaps["false"] += len(false)
    score.notes += [f"{label}: false gap {name}" for name in sorted(false)]


def judge_findings(p: Project, answer: dict, score: Score, label: str) -> None:
    said = {finding.get("rule") for finding in answer.get("findings", [])}
    for rule in (CYCLE, GAP, CONTRADICTION):
        wanted = rule in p.findings
        score.findings[rule, "wanted"] += wanted
        score.findings[rule, "found"] += wanted and rule in said
        score.findings[rule, "clean"] += not wanted
        if wanted and rule not in said:
            score.notes.append(f"{label}: missed {rule}")
        if not wanted and rule in said and rule not in p.allowed_findings:
            score.findings[rule, "false"] += 1
            score.notes.append(f"{label}: false {rule}")


def run(cordon: str, p: Project, home: Path) -> dict | None:
    """What cordon says of a project."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    try:
        done = subprocess.run([cordon, "provenance", "trace", str(p.root), "--format", "json"], capture_output=True, timeout=TIME_LIMIT,
                              env={**kept, "LC_ALL": "C.UTF-8", "HOME": str(home), "XDG_CACHE_HOME": str(home)}, check=False)
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None


def share(part: int, whole: int) -> str:
    return f"{part}/{whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def report(score: Score, show: bool) -> None:
    total = {key: sum(n for (_, k), n in score.edges.items() if k == key) for key in ("wanted", "found")}
    print(f"edges     recall {share(total['found'], total['wanted'])}, false {share(score.false_edges, score.said)}")
    print(f"gaps      recall {share(score.gaps['found'], score.gaps['wanted'])}, false {share(score.gaps['false'], score.gaps['said'])}")
    for rule, name in ((CYCLE, "cycles"), (GAP, "no origin"), (CONTRADICTION, "contradictions")):
        counts = score.findings
        print(f"{rule}  recall {share(counts[rule, 'found'], counts[rule, 'wanted'])}, "
              f"false on {share(counts[rule, 'false'], counts[rule, 'clean'])} projects without   {name}")
    for title, table in (("by carrier", score.edges), ("by relation", score.relations)):
        print(title)
        for name in sorted({key for key, _ in table}):
            print(f"  {name:16} {share(table[name, 'found'], table[name, 'wanted'])}")
    print("grades of the edges found: " + (", ".join(f"{grade} {n}" for grade, n in sorted(score.grades.items())) or "none")
          + "  (no key is trusted here: no statement is more than a claim)")
    if score.failed:
        print(f"no answer for {score.failed} projects")
    if show:
        print("\n".join(score.notes))


# ---------------------------------------------------------------- checks

def oracle(p: Project) -> dict:
    """The answer that is right."""
    ids = {id(thing): f"n{number}" for number, thing in enumerate(p.things)}
    return {"nodes": [{"id": ids[id(t)], "kind": t.kind, "name": t.name} for t in p.things],
            "edges": [{"from": ids[id(e.start)], "to": ids[id(e.end)], "relation": e.relations[0], "grade": "claimed", "evidence": []} for e in p.edges],
            "gaps": [{"node": ids[id(t)], "reason": ""} for t in p.things if t.gap == "yes"],
            "findings": [{"rule": rule} for rule in p.findings]}


def everything(root: Path) -> str:
    """All text in a project, envelopes opened."""
    texts = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            texts.append(str(path.relative_to(root)) + "\n" + data.decode("utf-8", "replace"))
            texts += [base64.b64decode(payload).decode() for payload in re.findall(rb'"payload": ?"([A-Za-z0-9+/=]+)"', data)]
            if path.suffix == ".json" or path.suffix == ".jsonld":
                texts.append(json.dumps(json.loads(data), ensure_ascii=False))
    return "\n".join([root.name, *texts]).lower()


def fingerprint(root: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(root)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def check(out: Path, half: str, projects: list[Project], count: int) -> list[str]:
    """What is wrong with the projects or the scoring."""
    wrong = []
    for p in projects:
        text = everything(p.root)
        for path in p.root.rglob("*"):
            if path.suffix == ".safetensors":
                mf.read_safetensors(path)
            elif path.suffix in (".json", ".jsonld", ".link", ".sigstore", ".sig"):
                json.loads(path.read_text())
            elif path.suffix == ".jsonl":
                for line in path.read_text().splitlines():
                    json.loads(line)
            elif path.suffix == ".xml":
                ElementTree.parse(path)
            elif path.suffix == ".gguf":
                mf.read_gguf(path)
        for thing in (t for e in p.edges for t in (e.start, e.end)):
            if not any(name.lower() in text for name in thing.names) and thing.last.lower() not in text:
                wrong.append(f"{p.root}: {thing.name} is nowhere")
        table = Names(p.things)
        for thing in p.things:
            if table.of({"id": "", "name": thing.name}) != [thing]:
                wrong.append(f"{p.root} ({p.case}): {thing.name} means several things")
    best, worst = Score(), Score()
    for p in projects:
        judge(p, oracle(p), best)
        judge(p, {}, worst)
    wrong += [f"the right answer is judged wrong: {note}" for note in best.notes]
    if any(key == "found" and n for (_, key), n in worst.edges.items()) or worst.gaps["found"]:
        wrong.append("an empty answer finds something")
    with tempfile.TemporaryDirectory() as again:
        make(Path(again), half, count)
        if fingerprint(Path(again)) != fingerprint(out):
            wrong.append("made twice, it differs")
        make_part(Path(again) / "fewer", HALVES[half][-1], 2)
        for path in (Path(again) / "fewer").iterdir():
            if count > 5 and fingerprint(path) != fingerprint(out / path.name):
                wrong.append(f"{path.name} differs with the number of projects")
    wrong += claims(projects)
    kinds = {half: set().union(*(CASES[part] for part in parts)) for half, parts in HALVES.items()}
    for pool in WORDS["first"]:
        words = [{w.lower() for w in WORDS[part][pool]} for part in PARTS]
        if any(one & other for number, one in enumerate(words) for other in words[:number]):
            wrong.append(f"the parts share names: {pool}")
    print(f"kinds of project: {len(kinds['tuning'] & kinds['evaluation'])} in both halves, {len(kinds['tuning'] - kinds['evaluation'])} in tuning, "
          f"{len(kinds['evaluation'] - kinds['tuning'])} in evaluation alone")
    return wrong


def other_bytes(p: Project) -> bool:
    """Whether a statement's subject bears the name of files here and the digest of none of them."""
    files = defaultdict(list)
    documents = []
    for path in p.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            files[path.name].append(data)
            documents += [base64.b64decode(payload) for payload in re.findall(rb'"payload": ?"([A-Za-z0-9+/=]+)"', data)]
            if path.suffix == ".json" and b'"subject"' in data:
                documents.append(data)
    subjects = [entry for document in documents for entry in json.loads(document).get("subject", [])]
    return any(all(hashlib.new(algorithm, data).hexdigest() != digest for data in files[entry["name"].split("/")[-1]])
               for entry in subjects if entry["name"].split("/")[-1] in files for algorithm, digest in entry["digest"].items())


def claims(projects: list[Project]) -> list[str]:
    """What the projects of the evaluation half claim beside their names: a finding only where a kind means one, no edge twice or both wanted and free."""
    wrong = []
    for p in projects:
        if p.part != "evaluation":
            continue
        if (other := other_bytes(p)) and CONTRADICTION not in p.findings or p.case.startswith("statement_") and other != (CONTRADICTION in p.findings):
            wrong.append(f"{p.root} ({p.case}): the statements' digests and the finding do not agree")
        stated = Counter((id(e.start), id(e.end)) for e in p.edges if "evaluated-on" not in e.relations)
        if any(n > 1 for n in stated.values()):
            wrong.append(f"{p.root} ({p.case}): an edge is stated twice")
        free = {(id(e.start), relation, id(e.end)) for e in p.allowed for relation in e.relations}
        if any((id(e.start), relation, id(e.end)) in free for e in p.edges for relation in e.relations):
            wrong.append(f"{p.root} ({p.case}): an edge is both wanted and free")
        steps = {id(t): {id(e.end) for e in p.edges if e.start is t} for t in p.things}
        for _ in p.things:                                   # who reaches whom
            steps = {start: ends.union(*(steps.get(end, set()) for end in ends)) for start, ends in steps.items()}
        if any(start in ends for start, ends in steps.items()) != (CYCLE in p.findings):
            wrong.append(f"{p.root} ({p.case}): a ring and no finding, or the other way round")
        if (GAP in p.findings) and not any(t.gap == "yes" for t in p.things) and p.case != "cyclonedx_dangling":
            wrong.append(f"{p.root} ({p.case}): an open end is claimed and there is none")
    return wrong


def keep(folder: Path, projects: list[Project]) -> None:
    """Write the truth beside each project."""
    for p in projects:
        truth = {**oracle(p), "case": p.case, "project": p.root.name,
                 "either": {f"{e.start.name} {e.end.name}": e.relations for e in p.edges if len(e.relations) > 1}}
        (folder / p.root.parent.name / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", help="the cordon binary")
    parser.add_argument("--half", choices=tuple(HALVES), default="tuning")
    parser.add_argument("--projects", type=int, default=90, help="how many, all parts of the half together (default 90)")
    parser.add_argument("--check", action="store_true", help="make the projects and check them; runs no cordon")
    parser.add_argument("--show", action="store_true", help="list what was missed and what was false; the tuning half only")
    parser.add_argument("--keep", type=Path, help="leave the projects and truth.json beside each in this new folder")
    options = parser.parse_args()
    if not options.check and not options.cordon and not options.keep:
        parser.error("--cordon, --check or --keep is needed")
    if options.show and options.half == "evaluation":
        parser.error("--show is for the tuning half: who looks at what is missed in the other tunes to it")
    if options.keep and options.keep.exists():
        parser.error(f"{options.keep} exists")
    with tempfile.TemporaryDirectory() as scratch:
        out = options.keep or Path(scratch) / "projects"
        projects = make(out, options.half, options.projects)
        wanted = sum(len(p.edges) for p in projects)
        print(f"{options.half}: {len(projects)} projects of {len({p.case for p in projects})} kinds, {wanted} edges, "
              f"{sum(t.gap == 'yes' for p in projects for t in p.things)} open ends, "
              + ", ".join(f"{sum(rule in p.findings for p in projects)} {rule}" for rule in (CYCLE, GAP, CONTRADICTION)))
        if options.check:
            wrong = check(out, options.half, projects, options.projects)
            print("\n".join(wrong) or "checked: the truth is in the files, the scoring takes it, made twice it is the same")
            return 1 if wrong else 0
        if options.keep:
            keep(out, projects)
        if not options.cordon:
            return 0
        score, home = Score(), Path(scratch) / "home"
        home.mkdir()
        binary = shutil.which(options.cordon) or str(Path(options.cordon).resolve())
        for p in projects:
            answer = run(binary, p, home)
            score.failed += answer is None
            judge(p, answer or {}, score)
        report(score, options.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
