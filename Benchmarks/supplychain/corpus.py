"""Projects with known dependency problems: formats, layouts, truths."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import advisories
import names
from advisories import Catalogue

PLAIN = re.compile(r"\d+(\.\d+)*")


def sha(text: str, kind: str = "sha256") -> str:
    return hashlib.new(kind, text.encode()).hexdigest()


def integrity(text: str) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(text.encode()).digest()).decode()


@dataclass(frozen=True)
class Truth:
    rule: str
    names: frozenset[str]       # any of these; empty: the file as a whole
    paths: frozenset[str]       # any of these; one that ends in / stands for all below
    required: bool              # False: may be reported, need not
    kind: str                   # how it was made, for --show


@dataclass
class Dep:
    name: str
    version: str
    direct: bool = True
    hashed: bool = True
    http: bool = False
    deprecated: bool = False
    script: bool = False
    absent: bool = False        # in the manifest, not in the lock
    wrong: bool = False         # the lock has a version that the manifest does not allow
    clean: bool = True

    @property
    def plain(self) -> bool:
        return bool(PLAIN.fullmatch(self.version))

    @property
    def parts(self) -> tuple[int, int, int]:
        return (*[int(x) for x in re.findall(r"\d+", self.version)], 0, 0)[:3]


@dataclass
class Project:
    root: Path
    name: str
    half: str
    rng: random.Random
    catalogue: Catalogue
    truths: list[Truth] = field(default_factory=list)
    entries: int = 0            # dependencies without any problem
    formats: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    @property
    def later(self) -> bool:
        return self.half == "evaluation"

    def write(self, path: str, text: str | bytes) -> str:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def truth(self, number: int, name: str | list[str] | None, paths: list[str], kind: str, required: bool = True) -> None:
        given = [] if name is None else [name] if isinstance(name, str) else name
        self.truths.append(Truth(f"CORDON-DEP-{number:03d}", frozenset(given), frozenset(paths), required, kind))

    def words(self, ecosystem: str, name: str) -> list[str]:
        if ecosystem == "Maven":
            return [name, name.split(":")[1]]
        if ecosystem == "SwiftURL":
            return [name, f"https://{name}", f"https://{name}.git", name.rsplit("/", 1)[1].lower(), name.rsplit("/", 1)[1]]
        return [name]

    def deps(self, ecosystem: str, count: int, problems: list[str], paths: list[str]) -> list[Dep]:
        """Mostly clean dependencies, half of them at versions just outside an advisory, and the problems asked for.

        `paths`: the file that pins, then others in which the same may be reported.
        """
        rng, cat = self.rng, self.catalogue
        found: dict[str, Dep] = {}
        covered = sorted(n for e, n in cat.hits if e == ecosystem)
        changed = sorted(n for e, n in cat.compromised if e == ecosystem)
        near = [n for n in names.pairs(names.PYPI_NEAR if ecosystem == "PyPI" else names.NPM_NEAR if ecosystem == "npm" else [])]
        for name in rng.sample(covered, min(len(covered), count // 3)):
            if cat.misses[ecosystem, name]:
                found[name] = Dep(name, rng.choice(cat.misses[ecosystem, name]))
        for name in rng.sample(changed, min(len(changed), 2)):
            found[name] = Dep(name, cat.compromised[ecosystem, name][1])
        safe = cat.clean(ecosystem)
        for name in rng.sample([n for n in safe if n in near], min(4, len([n for n in safe if n in near]))):
            found[name] = Dep(name, cat.pools[ecosystem][name])
        for name in rng.sample(sorted(safe), len(safe)):
            if len(found) >= count:
                break
            found.setdefault(name, Dep(name, cat.pools[ecosystem][name]))
        for dep in found.values():
            dep.direct = dep.plain and rng.random() < 0.5

        def add(number: int, dep: Dep, kind: str, where: list[str] = paths) -> None:
            dep.clean = False
            found[dep.name] = dep
            self.truth(number, self.words(ecosystem, dep.name), where, kind)

        for problem in problems:
            good = [d for d in found.values() if d.clean and d.plain]
            if problem == "vulnerable":
                name = rng.choice([n for n in covered if cat.hits[ecosystem, n]])
                if name in found and not found[name].clean:
                    continue
                dep = Dep(name, rng.choice(cat.hits[ecosystem, name]))
                dep.direct = dep.plain and rng.random() < 0.5
                add(1, dep, f"vulnerable {ecosystem} {dep.version}")
            elif problem == "malicious":
                if rng.random() < 0.5:
                    add(2, Dep(rng.choice(cat.malicious[ecosystem]), f"0.{rng.randint(1, 9)}.{rng.randint(0, 9)}"), "malicious package")
                else:
                    name = rng.choice(changed)
                    add(2, Dep(name, cat.compromised[ecosystem, name][0], direct=False), "malicious version")
            elif problem == "typosquat":
                kinds = {("PyPI", False): names.PYPI_TYPOS_TUNING, ("PyPI", True): names.PYPI_TYPOS_EVALUATION,
                         ("npm", False): names.NPM_TYPOS_TUNING, ("npm", True): names.NPM_TYPOS_EVALUATION}[ecosystem, self.later]
                kind, name = rng.choice(names.typos(kinds))
                add(3, Dep(name, f"1.{rng.randint(0, 9)}.{rng.randint(0, 9)}"), f"typosquat, {kind}")
            elif good:
                dep = rng.choice(good)
                if problem == "unhashed":
                    dep.hashed = False
                    add(8, dep, "without a hash", paths[:1])
                elif problem == "deprecated":
                    dep.deprecated = True
                    add(9, dep, "deprecated", paths[:1])
                elif problem == "script":
                    dep.script = True
                    add(10, dep, "install script", paths[:1])
                elif problem == "http":
                    dep.http = True
                    add(5, dep, "http in a lock", paths[:1])
                elif problem == "absent":
                    dep.absent = dep.direct = True
                    add(12, dep, "absent from the lock")
                elif problem == "wrong":
                    dep.wrong = dep.direct = True
                    add(12, dep, "outside the manifest's range")
        self.entries += sum(d.clean for d in found.values())
        out = list(found.values())
        if not any(d.direct for d in out):
            next(d for d in out if d.plain).direct = True
        rng.shuffle(out)
        return sorted(out, key=lambda d: d.name.lower())


# ---------------------------------------------------------------- ranges that hold the version

def python_range(dep: Dep, rng: random.Random, poetry: bool = False) -> str:
    a, b, c = dep.parts
    if not dep.plain:
        return "*" if poetry else ""
    if dep.wrong:
        return rng.choice([f">={a + 1}.0", f"<{a}.{b}" if b or a else f">={a + 2}"]) if not poetry else f"^{a + 1}.0"
    if poetry and rng.random() < 0.6:
        if a == 0 and b == 0:
            return rng.choice([f"^0.0.{c}", "*"])
        return rng.choice([f"^{a}.{b}" if a or b else "*", f"~{a}.{b}", "*"] + ([f"^{a}.0"] if a else []))
    return rng.choice([f">={a}.{b}", f">={a}.{b},<{a + 1}", f"~={a}.{b}.0", f">={a}.{b},!={a}.{b}.{c + 7}", f"=={a}.{b}.*"])


def npm_range(dep: Dep, rng: random.Random) -> str:
    a, b, c = dep.parts
    if not dep.plain:
        return dep.version
    if dep.wrong:
        return rng.choice([f"^{a + 1}.0.0", f"~{a}.{b + 1}.0", f"<{a}.{b}.{c}"])
    if a == 0:
        return rng.choice([f"~0.{b}.{c}", f"^0.{b}.0" if b else f"^0.0.{c}", ">=0.0.0"])
    return rng.choice([f"^{a}.{b}.{c}", f"^{a}.{b}.0", f"~{a}.{b}.{c}", f"{a}.x", f">={a}.0.0 <{a + 1}.0.0",
                       f"^{max(a - 1, 1)}.0.0 || ^{a}.0.0", "*"])


# ---------------------------------------------------------------- requirements files

PRIVATE = ["https://pypi.northwind.example/simple", "https://nexus.corp.example/repository/pypi/simple/"]
PUBLIC = "https://pypi.org/simple"


def loose_lines(p: Project, problems: list[str], path: str, taken: set[str]) -> list[str]:
    """Lines for the problems of a file that no lock belongs to, and harmless ones that look alike."""
    rng, lines = p.rng, []
    free = [n for n in p.catalogue.clean("PyPI") if n not in taken]
    pick = iter(rng.sample(sorted(free), min(30, len(free))))
    for problem in problems:
        name = next(pick)
        host = f"github.com/acme-{rng.randint(1, 99)}"
        if problem == "unpinned":
            a = int(p.catalogue.pools["PyPI"][name].split(".")[0])
            lines.append(name + rng.choice(["", f">={a}.0", f"~={a}.0", f">={a},<{a + 1}", f"=={a}.*"]
                                           + ([f">{a - 1 if a else 0}", f"[all]>={a}.0", f"!={a}.0.1"] if p.later else [])))
            p.truth(7, name, [path], "not pinned")
        elif problem == "malicious bare":
            name = rng.choice(p.catalogue.malicious["PyPI"])
            if name in taken:
                continue
            taken.add(name)
            lines.append(name)
            p.truth(2, name, [path], "malicious package without a version")
            p.truth(7, name, [path], "the same", False)
        elif problem == "git":
            ref = rng.choice(["", "@main", "@v1.2.0", f"@{sha(name)[:8]}"] + (["@release/2.x"] if p.later else []))
            way = rng.choice([f"{name} @ git+https://{host}/{name}.git{ref}"] + ([f"git+https://{host}/{name}.git{ref}#egg={name}",
                              f"{name} @ git+ssh://git@{host}/{name}.git{ref}"] if p.later else [f"-e git+https://{host}/{name}.git{ref}#egg={name}"]))
            lines.append(way)
            p.truth(6, [name, host + "/" + name], [path], f"git reference '{ref}'")
            p.truth(7, name, [path], "the same", False)
        elif problem == "archive":
            lines.append(f"{name} @ https://files.example.org/{name}-1.0.0" + rng.choice(["-py3-none-any.whl", ".tar.gz", ".zip"]))
            p.truth(6, name, [path], "address without a hash")
            p.truth(7, name, [path], "the same", False)
        elif problem == "http archive":
            lines.append(f"{name} @ http://files.example.org/{name}-1.0.0-py3-none-any.whl#sha256={sha(name)}")
            p.truth(5, name, [path], "http address")
        elif problem == "git protocol":
            lines.append(f"{name} @ git+git://{host}/{name}.git@{sha(name, 'sha1')}")
            p.truth(5, name, [path], "git://")
    for _ in range(rng.randint(0, 2)):
        name = next(pick)
        p.entries += 1
        lines.append(rng.choice([
            f"{name} @ git+https://github.com/acme/{name}.git@{sha(name, 'sha1')}",
            f"{name} @ https://files.example.org/{name}-1.0.0-py3-none-any.whl#sha256={sha(name)}",
            f"{name} @ git+ssh://git@github.com/acme/{name}.git@{sha(name, 'sha1')}"]))
    return lines


def options_of(p: Project, problems: list[str], path: str, hashed: bool = False) -> list[str]:
    rng, lines = p.rng, []
    if "confusion" in problems:
        lines += rng.choice([[f"--extra-index-url {rng.choice(PRIVATE)}"], [f"--index-url {PUBLIC}", f"--extra-index-url={PRIVATE[1]}"]]
                            + ([[f"-i {PRIVATE[0]}", f"--extra-index-url {PUBLIC}"]] if p.later else []))
        p.truth(4, None, [path], "several indexes")
    elif hashed and rng.random() < 0.5:
        lines.append(f"--extra-index-url {PRIVATE[0]}")         # harmless: every entry has a hash
    elif rng.random() < 0.3:
        lines.append(f"--index-url {rng.choice([*PRIVATE, PUBLIC])}")
    if "http index" in problems and "confusion" not in problems:
        lines = [rng.choice(["--index-url http://mirror.corp.example/simple", "-i http://10.0.0.7:8080/simple"])]
        p.truth(5, None, [path], "http index")
    if "trusted host" in problems:
        lines.append("--trusted-host " + rng.choice(["mirror.corp.example", "10.0.0.7"]))
        p.truth(5, None, [path], "trusted host")
    if "no binary" in problems:
        lines.append("--no-binary :all:")
        p.truth(10, None, [path], "everything built from source")
    elif rng.random() < 0.15:
        lines.append("--only-binary :all:")
    if rng.random() < 0.1:
        lines.append("--prefer-binary")
    return lines


def pins(p: Project, deps: list[Dep]) -> list[str]:
    out = []
    for d in deps:
        name = d.name
        if p.rng.random() < 0.1:
            name = name.replace("-", "_").capitalize()
        mark = p.rng.choice([""] * 8 + [' ; python_version >= "3.9"', "  # kept for the loader", '; sys_platform != "win32"'])
        out.append(f"{name}{p.rng.choice(['=='] * 9 + [' == '])}{d.version}{mark}")
    return out


def requirements(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}requirements.txt"
    deps = p.deps("PyPI", n, problems, [path])
    lines = options_of(p, problems, path) + pins(p, deps) + loose_lines(p, problems, path, {d.name for d in deps})
    if p.rng.random() < 0.3:
        lines.append("-e .")
    text = "# runtime\n" + "\n".join(lines) + "\n"
    style = p.rng.random()
    p.write(path, text.replace("\n", "\r\n") if style < 0.1 else "\ufeff" + text if p.later and style < 0.2 else text)


def included(p: Project, at: str, n: int, problems: list[str]) -> None:
    """A file that includes others, with constraints that pin what it names."""
    folder = p.rng.choice(["requirements/", "reqs/"] if p.later else ["requirements/"])
    base, dev, top, limits = f"{at}{folder}base.txt", f"{at}{folder}dev.txt", f"{at}requirements.txt", f"{at}constraints.txt"
    first = p.deps("PyPI", n, problems, [base])
    used = {d.name for d in first}
    tools = [x for x in p.rng.sample(sorted(p.catalogue.clean("PyPI")), 8) if x not in used]
    p.entries += len(tools)
    before = len(p.truths)
    options = options_of(p, problems, base)
    p.truths[before:] = [Truth(t.rule, t.names, frozenset([base, dev, top]), t.required, t.kind) for t in p.truths[before:]]
    lines = options + pins(p, first) + loose_lines(p, problems, base, used | set(tools))
    if "circular" in problems:
        lines.insert(0, "-r dev.txt")
        p.truth(11, None, [base, dev, top], "includes itself")
    p.write(base, "\n".join(lines) + "\n")
    p.write(dev, "-r base.txt\n-c ../constraints.txt\n" + "\n".join(tools[:4]) + "\n")
    p.write(limits, "\n".join(f"{x}=={p.catalogue.pools['PyPI'][x]}" for x in tools) + "\n")
    lines = [p.rng.choice(["-r ", "--requirement ", "-r"]) + f"{folder}base.txt", "-c constraints.txt", *tools[4:]]
    if "missing" in problems:
        lines.append(f"-r {folder}gpu.txt")
        p.truth(11, None, [top], "includes a file that is not there")
    p.write(top, "\n".join(lines) + "\n")


def hashed(p: Project, at: str, n: int, problems: list[str]) -> None:
    """As pip-compile writes it; in the evaluation half with the .in file it was made from."""
    path = f"{at}{'requirements.txt' if p.later or p.rng.random() < 0.7 else 'requirements-lock.txt'}"
    deps = p.deps("PyPI", n, problems, [path] + ([f"{at}requirements.in"] if p.later else []))
    lines = options_of(p, [x for x in problems if x != "confusion"], path, hashed="unhashed" not in problems)
    for d in deps:
        line = f"{d.name}=={d.version}"
        if d.hashed:
            line += "".join(f" \\\n    --hash=sha256:{sha(d.name + d.version + str(i))}" for i in range(p.rng.randint(1, 3)))
        lines.append(line + ("\n    # via -r requirements.in" if p.later else ""))
    p.write(path, "#\n# This file is autogenerated by pip-compile\n#\n" + "\n".join(lines) + "\n")
    if p.later:
        p.write(f"{at}requirements.in", "\n".join(d.name + python_range(d, p.rng) for d in deps if d.direct) + "\n")


# ---------------------------------------------------------------- pyproject and its locks

def project_table(p: Project, deps: list[Dep], groups: bool = True) -> str:
    direct = [d for d in deps if d.direct]
    cut = len(direct) if not groups or len(direct) < 4 else len(direct) - 2

    def line(d: Dep) -> str:
        shown = re.sub("-", p.rng.choice("-_."), d.name) if p.rng.random() < 0.3 else d.name
        return f"    {json.dumps(shown + python_range(d, p.rng))},\n"

    text = (f'[project]\nname = "acme-{p.name}"\nversion = "0.3.1"\nrequires-python = ">=3.10"\ndependencies = [\n'
            + "".join(map(line, direct[:cut])) + "]\n")
    if direct[cut:]:
        text += (f"\n[{p.rng.choice(['dependency-groups', 'project.optional-dependencies'])}]\n"
                 "extra = [\n" + "".join(map(line, direct[cut:])) + "]\n")
    back = p.rng.choice(["hatchling", "setuptools>=68"])
    return text + f'\n[build-system]\nrequires = ["{back}"]\nbuild-backend = "{"hatchling.build" if back == "hatchling" else "setuptools.build_meta"}"\n'


def library(p: Project, at: str, n: int, problems: list[str]) -> None:
    """Ranges without a lock, which is no problem for a library; sources and indexes."""
    path = f"{at}pyproject.toml"
    deps = [d for d in p.deps("PyPI", n // 2, [], [path]) if d.plain]
    for d in deps:
        d.direct = True
    text = project_table(p, deps)
    indexes = '\n[[tool.uv.index]]\nname = "{}"\nurl = "{}"\n{}'
    chosen = deps[0].name
    if "confusion" in problems:
        text += indexes.format("corp", PRIVATE[0], "") + indexes.format("public", PUBLIC, "default = true\n")
        p.truth(4, None, [path], "uv indexes, none explicit")
    elif p.rng.random() < 0.5:
        text += indexes.format("corp", PRIVATE[1], "explicit = true\n") + f'\n[tool.uv.sources]\n"{chosen}" = {{ index = "corp" }}\n'
    elif p.rng.random() < 0.3:
        text += indexes.format("corp", PRIVATE[1], "default = true\n")
    if "git" in problems and "[tool.uv.sources]" not in text:
        ref = p.rng.choice(['branch = "main"', 'tag = "v2"'] + (['rev = "1f2e3d4"'] if p.later else []))
        text += f'\n[tool.uv.sources]\n"{chosen}" = {{ git = "https://github.com/acme/{chosen}.git", {ref} }}\n'
        p.truth(6, chosen, [path], f"uv git source, {ref}")
    if "http index" in problems and "confusion" not in problems and "[[tool.uv.index]]" not in text:
        text += indexes.format("mirror", "http://mirror.corp.example/simple", "default = true\n")
        p.truth(5, None, [path], "http uv index")
    if "broken" in problems:
        text = text.replace("dependencies = [", "dependencies = [[", 1)
        p.truths = [t for t in p.truths if path not in t.paths]
        p.truth(11, None, [path], "broken TOML")
        p.broken.add(path)
    p.write(path, text)


def setup_cfg(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}setup.cfg"
    deps = p.deps("PyPI", n // 2, problems, [path])
    rows = "".join(f"    {d.name}{'==' + d.version if not d.clean or not d.plain else python_range(d, p.rng)}\n" for d in deps)
    p.write(path, f"[metadata]\nname = acme-{p.name}\nversion = 0.4.0\n\n[options]\npackages = find:\ninstall_requires =\n{rows}"
            "\n[options.packages.find]\nwhere = src\n")
    p.write(f"{at}setup.py", "from setuptools import setup\n\nsetup()\n")


def wheel(d: Dep) -> str:
    return f"{d.name.replace('-', '_')}-{d.version}-py3-none-any.whl"


def poetry(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}poetry.lock", f"{at}pyproject.toml"
    deps = p.deps("PyPI", n, problems, [lock, manifest])
    direct = [d for d in deps if d.direct]
    text = f'[tool.poetry]\nname = "acme-{p.name}"\nversion = "1.0.0"\ndescription = ""\nauthors = []\n\n[tool.poetry.dependencies]\npython = "^3.10"\n'
    for d in direct[: max(1, len(direct) - 2)]:
        spec = python_range(d, p.rng, True)
        text += f'{d.name} = "{spec}"\n' if p.rng.random() < 0.7 else f'{d.name} = {{ version = "{spec}", extras = ["all"] }}\n'
    text += f"\n[tool.poetry.{'dev-dependencies' if p.later else 'group.dev.dependencies'}]\n"
    text += "".join(f'{d.name} = "{python_range(d, p.rng, True)}"\n' for d in direct[max(1, len(direct) - 2):])
    if p.rng.random() < 0.3:
        text += f'\n[[tool.poetry.source]]\nname = "corp"\nurl = "{PRIVATE[0]}"\npriority = "explicit"\n'
    p.write(manifest, text + '\n[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n')
    out = ["# This file is automatically @generated by Poetry 2.1.0 and should not be changed by hand.\n"]
    for d in deps:
        if d.absent:
            continue
        files = f'[\n    {{file = "{wheel(d)}", hash = "sha256:{sha(d.name + d.version)}"}},\n]' if d.hashed else "[]"
        out.append(f'[[package]]\nname = "{d.name}"\nversion = "{d.version}"\ndescription = "x"\noptional = false\n'
                   f'python-versions = ">=3.8"\ngroups = ["main"]\nfiles = {files}\n')
        if d.http:
            out.append('[package.source]\ntype = "legacy"\nurl = "http://mirror.corp.example/simple"\nreference = "mirror"\n')
    if p.rng.random() < 0.3:                    # what has no hash by its nature
        out.append('[[package]]\nname = "acme-shared"\nversion = "0.1.0"\ndescription = ""\noptional = false\npython-versions = "*"\n'
                   'files = []\ndevelop = true\n\n[package.source]\ntype = "directory"\nurl = "../shared"\n')
    out.append(f'[metadata]\nlock-version = "2.1"\npython-versions = "^3.10"\ncontent-hash = "{sha(p.name)}"\n')
    p.write(lock, "\n".join(out))


def pdm(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}pdm.lock", f"{at}pyproject.toml"
    deps = p.deps("PyPI", n, problems, [lock, manifest])
    p.write(manifest, project_table(p, deps) + "\n[tool.pdm]\ndistribution = false\n")
    out = [f'[metadata]\ngroups = ["default"]\nstrategy = ["inherit_metadata"]\nlock_version = "4.5.0"\ncontent_hash = "sha256:{sha(p.name)}"\n']
    for d in deps:
        if not d.absent:
            files = f'files = [\n    {{file = "{wheel(d)}", hash = "sha256:{sha(d.name + d.version)}"}},\n]\n' if d.hashed else ""
            out.append(f'[[package]]\nname = "{d.name}"\nversion = "{d.version}"\nrequires_python = ">=3.8"\nsummary = "x"\ngroups = ["default"]\n{files}')
    p.write(lock, "\n".join(out))


def uv(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}uv.lock", f"{at}pyproject.toml"
    deps = p.deps("PyPI", n, problems, [lock, manifest])
    p.write(manifest, project_table(p, deps))
    out = [f'version = 1\nrevision = {p.rng.choice([1, 2, 3])}\nrequires-python = ">=3.10"\n',
           f'[[package]]\nname = "acme-{p.name}"\nversion = "0.3.1"\nsource = {{ {p.rng.choice(["editable", "virtual"])} = "." }}\ndependencies = [\n'
           + "".join(f'    {{ name = "{d.name}" }},\n' for d in deps if d.direct and not d.absent) + "]\n"]
    for d in deps:
        if d.absent:
            continue
        index = "http://mirror.corp.example/simple" if d.http else PUBLIC
        base = f"https://files.pythonhosted.org/packages/{sha(d.name)[:2]}/"
        mark = f', hash = "sha256:{sha(d.name + d.version)}"' if d.hashed else ""
        out.append(f'[[package]]\nname = "{d.name}"\nversion = "{d.version}"\nsource = {{ registry = "{index}" }}\n'
                   f'sdist = {{ url = "{base}{d.name}-{d.version}.tar.gz"{mark}, size = 1000 }}\n'
                   f'wheels = [\n    {{ url = "{base}{wheel(d)}"{mark}, size = 1000 }},\n]\n')
    if p.rng.random() < 0.3:
        out.append('[[package]]\nname = "acme-kernels"\nversion = "0.2.0"\nsource = { git = "https://github.com/acme/kernels?tag=v0.2.0#'
                   f'{sha("k", "sha1")}" }}\n')
        p.truth(6, "acme-kernels", [lock], "tag with its commit", False)
    p.write(lock, "\n".join(out))


def pylock(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock = f"{at}{'pylock.prod.toml' if p.later and p.rng.random() < 0.4 else 'pylock.toml'}"
    manifest = f"{at}pyproject.toml"
    deps = p.deps("PyPI", n, problems, [lock, manifest])
    p.write(manifest, project_table(p, deps))
    out = ['lock-version = "1.0"\nrequires-python = ">=3.10"\ncreated-by = "pip"\n']
    for d in deps:
        if not d.absent:
            mark = f'{{sha256 = "{sha(d.name + d.version)}"}}' if d.hashed else "{}"
            out.append(f'[[packages]]\nname = "{d.name}"\nversion = "{d.version}"\nindex = "{"http://mirror.corp.example/simple" if d.http else PUBLIC}"\n\n'
                       f'[[packages.wheels]]\nname = "{wheel(d)}"\nurl = "https://files.pythonhosted.org/packages/{wheel(d)}"\nhashes = {mark}\n')
    p.write(lock, "\n".join(out))


def pipfile(p: Project, at: str, n: int, problems: list[str]) -> None:
    """With its lock."""
    lock, manifest = f"{at}Pipfile.lock", f"{at}Pipfile"
    deps = p.deps("PyPI", n, problems, [lock, manifest])
    text = f'[[source]]\nurl = "{PUBLIC}"\nverify_ssl = true\nname = "pypi"\n\n[packages]\n'
    text += "".join(f'{d.name} = "{python_range(d, p.rng) or "*"}"\n' for d in deps if d.direct)
    p.write(manifest, text + '\n[requires]\npython_version = "3.11"\n')
    entries = {}
    for d in deps:
        if not d.absent:
            entries[d.name] = {**({"hashes": [f"sha256:{sha(d.name + d.version)}"]} if d.hashed else {}), "index": "pypi", "version": f"=={d.version}"}
    if p.rng.random() < 0.3:
        entries["acme-local"] = {"editable": True, "path": "./libs/local"}
        p.write(manifest, text + 'acme-local = { path = "./libs/local", editable = true }\n\n[requires]\npython_version = "3.11"\n')
    p.write(lock, json.dumps({"_meta": {"hash": {"sha256": sha(p.name)}, "pipfile-spec": 6, "requires": {"python_version": "3.11"},
            "sources": [{"name": "pypi", "url": PUBLIC, "verify_ssl": True}]}, "default": entries, "develop": {}}, indent=4) + "\n")


def pipfile_alone(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}Pipfile"
    deps = p.deps("PyPI", n // 2, problems, [path])
    both = "confusion" in problems
    bound = not both and p.rng.random() < 0.4
    text = f'[[source]]\nurl = "{PUBLIC}"\nverify_ssl = true\nname = "pypi"\n\n'
    if both or bound:
        text += f'[[source]]\nurl = "{PRIVATE[0]}"\nverify_ssl = true\nname = "corp"\n\n'
    if both:
        p.truth(4, None, [path], "Pipfile with two sources, none named")
    text += "[packages]\n"
    for d in deps:
        text += f'"{d.name}" = {{ version = "=={d.version}", index = "pypi" }}\n' if bound else f'"{d.name}" = "=={d.version}"\n'
    free = [x for x in sorted(p.catalogue.clean("PyPI")) if x not in {d.name for d in deps}]
    for name in p.rng.sample(free, problems.count("unpinned")):
        spec = p.rng.choice(["*", ">=1.0", "~=2.0"])
        text += f'"{name}" = {{ version = "{spec}", index = "pypi" }}\n' if bound else f'"{name}" = "{spec}"\n'
        p.truth(7, name, [path], "not pinned")
    p.write(path, text)


# ---------------------------------------------------------------- conda, installed, notebooks, Dockerfiles

def conda(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}{p.rng.choice(['environment.yml', 'environment.yaml'] if p.later else ['environment.yml'])}"
    deps = p.deps("PyPI", n // 2, problems, [path])
    free = [x for x in sorted(p.catalogue.clean("PyPI")) if x not in {d.name for d in deps}]
    chosen = p.rng.sample(free, 6)
    p.entries += 6
    lines = ["name: acme", "channels:", "  - conda-forge", *(["  - nodefaults"] if p.rng.random() < 0.5 else []), "dependencies:", "  - python=3.11"]
    for number, name in enumerate(chosen):
        version = p.catalogue.pools["PyPI"][name] + (".0" if p.catalogue.pools["PyPI"][name].count(".") == 1 else "")
        lines.append(f"  - {name}{p.rng.choice(['=', '=='])}{version}{'=py311h0a1b2c3_0' if number == 0 and '==' not in lines[-1] and p.later else ''}"
                     .replace("==", "==" if number else "="))
    for name in p.rng.sample([x for x in free if x not in chosen], problems.count("unpinned")):
        lines.append(f"  - {name}{p.rng.choice(['', '>=1.0', ' >=1.2,<9'])}")
        p.truth(7, name, [path], "not pinned")
    lines += ["  - pip", "  - pip:"]
    for word in ("pip", "python"):
        p.truth(7, word, [path], "pip and python of a conda environment", False)
    if "confusion" in problems:
        lines.append(f"      - --extra-index-url {PRIVATE[0]}")
        p.truth(4, None, [path], "several indexes")
    lines += [f"      - {json.dumps(d.name + '==' + d.version) if '!' in d.version else d.name + '==' + d.version}" for d in deps]
    text = "\n".join(lines) + "\n"
    if "broken" in problems:
        text = text.replace("dependencies:\n", "dependencies: [\n", 1)
        p.truths = [t for t in p.truths if path not in t.paths]
        p.truth(11, None, [path], "broken YAML")
        p.broken.add(path)
    p.write(path, text)


def conda_lock(p: Project, at: str, n: int, problems: list[str]) -> None:
    path, manifest = f"{at}conda-lock.yml", f"{at}environment.yml"
    deps = p.deps("PyPI", n, problems, [path, manifest])
    direct = [d for d in deps if d.direct]
    p.write(manifest, "channels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n"
            + "".join(f"      - {json.dumps(d.name + python_range(d, p.rng))}\n" for d in direct))
    for word in ("pip", "python"):
        p.truth(7, word, [manifest], "pip and python of a conda environment", False)
        p.truth(12, word, [manifest, path], "pip and python of a conda environment", False)
    out = [f"version: 1\nmetadata:\n  content_hash:\n    linux-64: {sha(p.name)}\n  channels:\n  - url: conda-forge\n    used_env_vars: []\n"
           "  platforms:\n  - linux-64\n  sources:\n  - environment.yml\npackage:"]
    for name, version in (("python", "3.11.9"), ("pip", "25.0")):
        out.append(f"- name: {name}\n  version: {version}\n  manager: conda\n  platform: linux-64\n  dependencies: {{}}\n"
                   f"  url: https://conda.anaconda.org/conda-forge/linux-64/{name}-{version}-0.conda\n  hash:\n    md5: {sha(name, 'md5')}\n    sha256: {sha(name)}\n"
                   "  category: main\n  optional: false")
    for d in deps:
        if not d.absent:
            mark = f"  hash:\n    sha256: {sha(d.name + d.version)}" if d.hashed else "  hash: {}"
            out.append(f"- name: {d.name}\n  version: '{d.version}'\n  manager: pip\n  platform: linux-64\n  dependencies: {{}}\n"
                       f"  url: http{'' if d.http else 's'}://files.pythonhosted.org/packages/{wheel(d)}\n{mark}\n  category: main\n  optional: false")
    p.write(path, "\n".join(out) + "\n")


def installed(p: Project, at: str, n: int, problems: list[str]) -> None:
    home = f"{at}{p.rng.choice(['.venv', 'env'] if p.later else ['venv', '.venv'])}"
    site = f"{home}/lib/python3.{p.rng.randint(10, 13)}/site-packages/"
    before = len(p.truths)
    deps = p.deps("PyPI", n, problems, [site])
    p.truths[before:] = [Truth(t.rule, t.names, frozenset([site]), t.required, t.kind + ", installed") for t in p.truths[before:]]
    p.write(f"{home}/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.7\n")
    for d in deps:
        folder = f"{site}{re.sub(r'[-.]+', '_', d.name)}-{d.version}.dist-info"
        shown = d.name.replace("-", "_").title() if p.later and p.rng.random() < 0.2 else d.name
        p.write(f"{folder}/METADATA", f"Metadata-Version: 2.{p.rng.randint(1, 4)}\nName: {shown}\nVersion: {d.version}\nSummary: x\n\nText.\n")
        p.write(f"{folder}/INSTALLER", "pip\n")
        p.write(f"{folder}/RECORD", f"{folder.rsplit('/', 1)[1]}/METADATA,,\n")


def notebook(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}notebooks/{p.rng.choice(['train', 'explore', 'eval'])}.ipynb"
    deps = p.deps("PyPI", 6, problems, [path])
    ways = ["%pip install -q ", "!python -m pip install ", "!pip3 install --upgrade "] if p.later else ["!pip install ", "!pip install -q ", "%pip install "]
    cells = []
    for d in deps:
        quoted = p.rng.choice(["", '"', "'"])
        cells.append(f"{p.rng.choice(ways)}{quoted}{d.name}=={d.version}{quoted}")
    if "confusion" in problems:
        cells[0] += f" --extra-index-url {PRIVATE[0]}"
        p.truth(4, None, [path], "several indexes")
    for line in loose_lines(p, problems, path, {d.name for d in deps}):
        cells.append(p.rng.choice(ways) + (line if line.startswith("-e") else f'"{line}"'))
    made = [{"cell_type": "markdown", "metadata": {}, "source": ["Install with `pip install something-else`\n"]}]
    for number, cell in enumerate(cells):
        made.append({"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": [f"import os  # {number}\n", cell]})
    p.write(path, json.dumps({"cells": made, "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
                              "nbformat": 4, "nbformat_minor": 5}, indent=1))


def dockerfile(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}{p.rng.choice(['docker/Dockerfile', 'Containerfile', 'serve.Dockerfile'] if p.later else ['Dockerfile'])}"
    deps = p.deps("PyPI", 8, problems, [path])
    lines = [f"FROM python:3.11-slim@sha256:{sha('image')}", "WORKDIR /app", "RUN pip install --no-cache-dir --upgrade pip==25.0"]
    if "confusion" in problems:
        p.truth(4, None, [path], "several indexes")
        if p.later and p.rng.random() < 0.5:
            lines.append(f"ENV PIP_EXTRA_INDEX_URL={PRIVATE[0]}")
    extra = f" --extra-index-url {PRIVATE[1]}" if "confusion" in problems and "ENV PIP" not in lines[-1] else ""
    if "trusted host" in problems:
        extra += " --trusted-host mirror.corp.example"
        p.truth(5, None, [path], "trusted host")
    words = [f"{d.name}=={d.version}" for d in deps]
    words += [json.dumps(x) for x in loose_lines(p, [x for x in problems if x != "git"], path, {d.name for d in deps})]
    if p.later:
        spare = next(x for x in sorted(p.catalogue.clean("PyPI")) if x not in str(words))
        lines.append("RUN --mount=type=cache,target=/root/.cache <<EOF\nset -e\npython -m pip install" + extra + " \\\n    " + " \\\n    ".join(words) + "\nEOF")
        lines.append(f"RUN {p.rng.choice(['uv pip install --system', 'pip3 install'])}{extra} {spare}=={p.catalogue.pools['PyPI'][spare]}")
    else:
        lines.append(f"RUN pip install --no-cache-dir{extra} " + " \\\n    ".join(words) + " \\\n    && rm -rf /tmp/x")
    lines += ["COPY . .", "RUN pip install --no-deps .", 'CMD ["python", "-m", "acme"]']
    p.write(path, "\n".join(lines) + "\n")


# ---------------------------------------------------------------- npm

def package_json(p: Project, deps: list[Dep], exact: bool = False) -> str:
    wanted = {d.name: d.version if exact else npm_range(d, p.rng) for d in deps if d.direct or exact}
    cut = max(1, len(wanted) - 3)
    return json.dumps({"name": f"acme-{p.name}-web", "version": "1.2.0", "private": True, "scripts": {"build": "vite build"},
                       "dependencies": dict(list(wanted.items())[:cut]), "devDependencies": dict(list(wanted.items())[cut:])}, indent=2) + "\n"


def tarball(d: Dep) -> str:
    return f"http{'' if d.http else 's'}://registry.npmjs.org/{d.name}/-/{d.name.rsplit('/', 1)[-1]}-{d.version}.tgz"


def npm_lock(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}package-lock.json", f"{at}package.json"
    old = p.rng.random() < 0.3 and not {"deprecated", "script"} & set(problems)
    deps = p.deps("npm", n, problems, [lock, manifest])
    text = package_json(p, deps)
    p.write(manifest, text)
    given = json.loads(text)
    body: dict = {"name": given["name"], "version": "1.2.0", "lockfileVersion": 1 if old else p.rng.choice([2, 3] if p.later else [3]), "requires": True}
    present = [d for d in deps if not d.absent]
    if body["lockfileVersion"] > 1:
        packages: dict = {"": {k: given[k] for k in ("name", "version", "dependencies", "devDependencies")}}
        for d in present:
            packages[f"node_modules/{d.name}"] = {
                "version": d.version, "resolved": tarball(d), **({"integrity": integrity(d.name + d.version)} if d.hashed else {}),
                **({"deprecated": "No longer maintained"} if d.deprecated else {}), **({"hasInstallScript": True} if d.script else {}), "license": "MIT"}
        if p.rng.random() < 0.3:                # no hash by their nature
            packages["node_modules/@acme/ui"] = {"resolved": "packages/ui", "link": True}
            packages["packages/ui"] = {"name": "@acme/ui", "version": "0.0.1"}
        body["packages"] = packages
    if body["lockfileVersion"] < 3:
        body["dependencies"] = {d.name: {"version": d.version, "resolved": tarball(d), **({"integrity": integrity(d.name + d.version)} if d.hashed else {})} for d in present}
    out = json.dumps(body, indent=2) + "\n"
    if "broken" in problems:
        p.truths = [t for t in p.truths if lock not in t.paths]
        p.truth(11, None, [lock], "broken JSON")
        p.truth(7, None, [manifest], "its lock cannot be read", False)
        p.truth(3, None, [manifest], "the same", False)
        p.truth(2, None, [manifest], "the same", False)
        p.truth(1, None, [manifest], "the same", False)
        out = out[: len(out) * 2 // 3]
        p.broken.add(lock)
    p.write(lock, out)


def yarn(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}yarn.lock", f"{at}package.json"
    deps = p.deps("npm", n, problems, [lock, manifest])
    text = package_json(p, deps)
    p.write(manifest, text)
    given = json.loads(text)
    ranges = given["dependencies"] | given["devDependencies"]
    berry = p.rng.random() < 0.5
    out = ['__metadata:\n  version: 8\n  cacheKey: 10c0\n'] if berry else ["# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.\n# yarn lockfile v1\n\n"]
    if berry:
        out.append(f'"{given["name"]}@workspace:.":\n  version: 0.0.0-use.local\n  resolution: "{given["name"]}@workspace:."\n  languageName: unknown\n  linkType: soft\n')
    for d in deps:
        if d.absent:
            continue
        spec = ranges.get(d.name, f"^{d.version}")
        if d.wrong and not berry:               # the lock was made for another range
            spec = f"^{d.version}"
        elif d.wrong:
            spec = f"^{d.version}"
        if berry:
            out.append(f'"{d.name}@npm:{spec}":\n  version: {d.version}\n  resolution: "{d.name}@npm:{d.version}"\n'
                       + (f"  checksum: 10c0/{sha(d.name + d.version, 'sha512')}\n" if d.hashed else "") + "  languageName: node\n  linkType: hard\n")
        else:
            key = f"{d.name}@{spec}"
            out.append((f'"{key}"' if key.startswith("@") or " " in key or "|" in key else key) + f':\n  version "{d.version}"\n  resolved "{tarball(d)}#{sha(d.name, "sha1")}"\n'
                       + (f"  integrity {integrity(d.name + d.version)}\n" if d.hashed else ""))
    p.write(lock, "\n".join(out))


def pnpm(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}pnpm-lock.yaml", f"{at}package.json"
    nine = "script" not in problems and p.rng.random() < 0.6
    deps = p.deps("npm", n, problems, [lock, manifest])
    text = package_json(p, deps)
    p.write(manifest, text)
    given = json.loads(text)
    q = json.dumps
    out = [f"lockfileVersion: '{'9.0' if nine else '6.0'}'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n"]
    pad = "    " if nine else ""
    top = "importers:\n\n  .:\n" if nine else ""
    by = {d.name: d for d in deps}
    for group in ("dependencies", "devDependencies"):
        rows = [(name, spec) for name, spec in given[group].items() if not by[name].absent]
        if rows:
            top += f"{pad}{group}:\n" + "".join(
                f"{pad}  {q(name)}:\n{pad}    specifier: {q('^' + by[name].version if by[name].wrong else spec)}\n{pad}    version: {by[name].version}\n" for name, spec in rows)
    out += [top, "packages:\n"]
    for d in deps:
        if d.absent:
            continue
        if not d.hashed:
            p.truth(6, d.name, [lock], "the same", False)
        resolution = f"{{integrity: {integrity(d.name + d.version)}}}" if d.hashed else f"{{tarball: {tarball(d)}}}"
        out.append(f"  {q(('' if nine else '/') + d.name + '@' + d.version)}:\n    resolution: {resolution}\n"
                   + ("    requiresBuild: true\n" if d.script else "") + ("    deprecated: No longer maintained\n" if d.deprecated else "")
                   + ("" if nine else "    dev: false\n"))
    if nine:
        out.append("snapshots:\n\n" + "\n".join(f"  {q(d.name + '@' + d.version)}: {{}}\n" for d in deps if not d.absent))
    p.write(lock, "\n".join(out))


def npm_alone(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}package.json"
    deps = p.deps("npm", n // 2, problems, [path])
    body = json.loads(package_json(p, deps, exact=True))
    free = iter(p.rng.sample([x for x in sorted(p.catalogue.clean("npm")) if x not in {d.name for d in deps}], 12))
    for problem in problems:
        if problem == "unpinned":
            name = next(free)
            body["dependencies"][name] = p.rng.choice(["^1.0.0", "*", "latest", "~2.1.0"] + (["1.x", "", ">=3"] if p.later else []))
            p.truth(7, name, [path], "not pinned")
        elif problem == "git":
            name = next(free)
            body["dependencies"][name] = p.rng.choice([f"github:acme/{name}#main", f"git+https://github.com/acme/{name}.git"] + ([f"acme/{name}"] if p.later else []))
            p.truth(6, name, [path], "git reference")
            p.truth(7, name, [path], "the same", False)
        elif problem == "http archive":
            name = next(free)
            body["dependencies"][name] = f"http://files.example.org/{name}-1.0.0.tgz"
            p.truth(5, name, [path], "http address")
            p.truth(6, name, [path], "address without a hash")
            p.truth(7, name, [path], "the same", False)
        elif problem == "git protocol":
            name = next(free)
            body["dependencies"][name] = f"git://github.com/acme/{name}.git#{sha(name, 'sha1')}"
            p.truth(5, name, [path], "git://")
    name = next(free)
    body["dependencies"][name] = p.rng.choice([f"git+https://github.com/acme/{name}.git#{sha(name, 'sha1')}", "file:../shared"])
    p.entries += 1
    p.write(path, json.dumps(body, indent=2) + "\n")


# ---------------------------------------------------------------- other ecosystems

def swift(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}Package.resolved"
    deps = p.deps("SwiftURL", min(n, 12), problems, [path])
    three = p.rng.random() < 0.5
    rows = [{"identity": d.name.rsplit("/", 1)[1].lower(), "kind": "remoteSourceControl", "location": f"https://{d.name}" + p.rng.choice(["", ".git"]),
             "state": {"revision": sha(d.name, "sha1"), "version": d.version}} for d in deps]
    p.write(path, json.dumps({**({"originHash": sha(p.name)} if three else {}), "pins": rows, "version": 3 if three else 2}, indent=2) + "\n")


def go(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}go.mod"
    deps = p.deps("Go", min(n, 18), problems, [path])
    cut = len(deps) // 2
    text = "module example.org/acme/gateway\n\ngo 1.23.0\n\n"
    for part, mark in ((deps[:cut], ""), (deps[cut:], " // indirect")):
        text += "require (\n" + "".join(f"\t{d.name} v{d.version}{mark}\n" for d in part) + ")\n\n"
    if p.later:
        text += "retract v0.1.0 // published by mistake\n\nreplace example.org/acme/shared => ../shared\n"
    p.write(path, text)
    p.write(f"{at}go.sum", "".join(f"{d.name} v{d.version}{x} h1:{base64.b64encode(hashlib.sha256((d.name + x).encode()).digest()).decode()}\n"
                                   for d in deps for x in ("", "/go.mod")))


def cargo(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}Cargo.lock", f"{at}Cargo.toml"
    deps = p.deps("crates.io", min(n, 26), problems, [lock, manifest])
    text = '[package]\nname = "acme-runtime"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n'
    for d in deps:
        if d.direct:
            a, b, c = d.parts
            spec = f"{a + 1}.0" if d.wrong else p.rng.choice([f"{a}.{b}" if a or b else f"0.0.{c}", f"{a}.{b}.{c}", f"={a}.{b}.{c}"])
            text += f'{d.name} = "{spec}"\n' if p.rng.random() < 0.6 else f'{d.name} = {{ version = "{spec}", features = ["std"] }}\n'
    p.write(manifest, text)
    out = ["# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = " + p.rng.choice(["3", "4"]) + "\n",
           '[[package]]\nname = "acme-runtime"\nversion = "0.1.0"\ndependencies = [\n' + "".join(f' "{d.name}",\n' for d in deps if d.direct and not d.absent) + "]\n"]
    for d in deps:
        if not d.absent:
            out.append(f'[[package]]\nname = "{d.name}"\nversion = "{d.version}"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n'
                       + (f'checksum = "{sha(d.name + d.version)}"\n' if d.hashed else ""))
    p.write(lock, "\n".join(out))


def maven(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}pom.xml"
    deps = p.deps("Maven", min(n, 12), problems, [path])
    properties, rows, managed = "", "", ""
    for d in deps:
        group, artifact = d.name.split(":")
        shown = d.version
        if p.rng.random() < 0.4:
            properties += f"    <{artifact}.version>{d.version}</{artifact}.version>\n"
            shown = f"${{{artifact}.version}}"
        if p.later and p.rng.random() < 0.3:
            managed += f"      <dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{shown}</version></dependency>\n"
            rows += f"    <dependency>\n      <groupId>{group}</groupId>\n      <artifactId>{artifact}</artifactId>\n    </dependency>\n"
        else:
            rows += f"    <dependency>\n      <groupId>{group}</groupId>\n      <artifactId>{artifact}</artifactId>\n      <version>{shown}</version>\n    </dependency>\n"
    more = f"  <dependencyManagement>\n    <dependencies>\n{managed}    </dependencies>\n  </dependencyManagement>\n" if managed else ""
    if "http index" in problems:
        more += "  <repositories>\n    <repository>\n      <id>corp</id>\n      <url>http://nexus.corp.example/maven</url>\n    </repository>\n  </repositories>\n"
        p.truth(5, None, [path], "http repository")
    p.write(path, '<?xml version="1.0" encoding="UTF-8"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0">\n  <modelVersion>4.0.0</modelVersion>\n'
            "  <groupId>com.acme</groupId>\n  <artifactId>features</artifactId>\n  <version>1.0.0</version>\n"
            f"  <properties>\n{properties}    <java.version>21</java.version>\n  </properties>\n{more}  <dependencies>\n{rows}  </dependencies>\n</project>\n")


def gems(p: Project, at: str, n: int, problems: list[str]) -> None:
    lock, manifest = f"{at}Gemfile.lock", f"{at}Gemfile"
    deps = p.deps("RubyGems", min(n, 18), [x for x in problems if p.later or x != "unhashed"], [lock, manifest])
    direct = [d for d in deps if d.direct]
    specs = {d.name: f"~> {d.parts[0] + (1 if d.wrong else 0)}.0" for d in direct}
    p.write(manifest, 'source "https://rubygems.org"\n\n' + "".join(f'gem "{k}", "{s}"\n' for k, s in specs.items()))
    remote = "http://rubygems.org/" if "http index" in problems else "https://rubygems.org/"
    if "http index" in problems:
        p.truth(5, None, [lock], "http remote")
    text = f"GEM\n  remote: {remote}\n  specs:\n" + "".join(f"    {d.name} ({d.version})\n" for d in deps if not d.absent)
    text += "\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n" + "".join(f"  {d.name} ({specs[d.name]})\n" for d in direct if not d.absent)
    if p.later:
        text += "\nCHECKSUMS\n" + "".join(f"  {d.name} ({d.version})" + (f" sha256={sha(d.name + d.version)}" if d.hashed else "") + "\n" for d in deps if not d.absent)
    p.write(lock, text + "\nBUNDLED WITH\n   2.6.2\n")


def renv(p: Project, at: str, n: int, problems: list[str]) -> None:
    path = f"{at}renv.lock"
    deps = p.deps("CRAN", min(n, 20), problems, [path])
    url = "http://cran.example.org" if "http index" in problems else "https://cloud.r-project.org"
    if "http index" in problems:
        p.truth(5, None, [path], "http repository")
    rows = {d.name: {"Package": d.name, "Version": d.version, "Source": "Repository", "Repository": "CRAN", "Hash": sha(d.name + d.version, "md5")} for d in deps}
    p.write(path, json.dumps({"R": {"Version": "4.4.2", "Repositories": [{"Name": "CRAN", "URL": url}]}, "Packages": rows}, indent=2) + "\n")


def models(p: Project, at: str, n: int, problems: list[str]) -> None:
    """Always some harmless ones; `model` adds one that an advisory names."""
    cat, rng = p.catalogue, p.rng
    p.write(f"{at}models/base/model.safetensors", advisories.weights(rng))
    p.write(f"{at}models/base/config.json", json.dumps({"_name_or_path": rng.choice(cat.harmless_models), "model_type": "llama", "hidden_size": 64}, indent=2))
    p.entries += 2
    ways = ["digest", "config", "card"] + (["adapter", "dataset card"] if p.later else [])
    for _ in range(problems.count("model")):
        way, name = rng.choice(ways), rng.choice(cat.models)
        if way == "digest":
            digest = rng.choice(sorted(cat.digests))
            path = p.write(f"{at}models/tuned/{rng.choice(['model', 'weights'])}.safetensors", cat.digests[digest])
            p.truth(14, None, [path], "digest of a model file")
        elif way == "config":
            path = p.write(f"{at}models/chat/config.json", json.dumps({"_name_or_path": name, "model_type": "llama"}, indent=2))
            p.truth(14, name, [path], "config names it")
        elif way == "adapter":
            path = p.write(f"{at}models/lora/adapter_config.json", json.dumps({"base_model_name_or_path": name, "peft_type": "LORA", "r": 8}))
            p.truth(14, name, [path], "adapter config names it")
        else:
            key = f"base_model: {name}" if way == "card" else f"datasets:\n- {name}"
            path = p.write(f"{at}models/served/README.md", f"---\nlicense: apache-2.0\n{key}\ntags:\n- chat\n---\n\n# Model\n")
            p.truth(14, name, [path], f"{way} names it")


# ---------------------------------------------------------------- projects

LOCK = ["vulnerable", "vulnerable", "malicious", "typosquat"]
PAIR = LOCK + ["absent", "wrong"]
RARE = {"unpinned", "git", "archive", "confusion", "deprecated", "script", "no binary", "missing", "circular", "model"}
REPEATED = {"unhashed", "absent", "wrong", "unpinned", "vulnerable", "script", "deprecated", "git"}
Made = tuple[str, Callable[[Project, str, int, list[str]], None], list[str]]
PYTHON: list[Made] = [
    ("requirements", requirements, LOCK + ["unpinned", "git", "archive", "http archive", "git protocol", "confusion", "http index", "trusted host", "no binary", "malicious bare"]),
    ("included requirements", included, LOCK + ["circular", "missing", "unpinned", "confusion", "git"]),
    ("hashed requirements", hashed, LOCK + ["unhashed", "unhashed"]),
    ("library", library, ["confusion", "git", "http index", "broken"]),
    ("setup.cfg", setup_cfg, LOCK),
    ("poetry", poetry, PAIR + ["unhashed", "http"]), ("pdm", pdm, PAIR + ["unhashed"]), ("uv", uv, PAIR + ["unhashed", "http"]),
    ("pylock", pylock, PAIR + ["unhashed", "http"]), ("Pipfile and lock", pipfile, PAIR + ["unhashed"]),
    ("Pipfile", pipfile_alone, LOCK + ["unpinned", "confusion"]),
    ("conda", conda, LOCK + ["unpinned", "confusion", "broken"]), ("conda-lock", conda_lock, PAIR + ["unhashed", "http"]),
]
SIDE: list[Made] = [
    ("installed", installed, LOCK), ("notebook", notebook, LOCK + ["unpinned", "git", "confusion"]),
    ("Dockerfile", dockerfile, LOCK + ["unpinned", "confusion", "trusted host"]), ("models", models, ["model"]),
]
NPM: list[Made] = [
    ("package-lock", npm_lock, PAIR + ["unhashed", "deprecated", "script", "http", "broken"]), ("yarn", yarn, PAIR + ["unhashed", "http"]),
    ("pnpm", pnpm, PAIR + ["unhashed", "deprecated", "script"]), ("package.json", npm_alone, LOCK + ["unpinned", "git", "http archive", "git protocol"]),
]
OTHER: list[Made] = [
    ("Package.resolved", swift, ["vulnerable"]), ("go.mod", go, ["vulnerable"]), ("Cargo", cargo, ["vulnerable", "absent", "wrong", "unhashed"]),
    ("pom.xml", maven, ["vulnerable", "http index"]), ("Gemfile", gems, ["vulnerable", "absent", "wrong", "unhashed", "http index"]),
    ("renv", renv, ["vulnerable", "http index"]),
]
PLACES = {"tuning": {"NPM": ["web/", "frontend/"], "OTHER": ["native/", "gateway/"]},
          "evaluation": {"NPM": ["apps/console/", "packages/ui-kit/", "js/"], "OTHER": ["services/edge/", "crates-and-more/", "src/native/"]}}


def make(root: Path, number: int, half: str, seed: int, catalogue: Catalogue) -> Project:
    """One project: Python in its root, sometimes others in folders of their own."""
    rng = random.Random(f"{half} {seed} {number}")
    p = Project(root / f"project-{number:03d}", f"p{number}", half, rng, catalogue)
    python = PYTHON[number % len(PYTHON)]       # every format comes about as often
    chosen: list[tuple[Made, str, int]] = [(python, "" if not p.later or rng.random() < 0.6 else "backend/", rng.randint(12, 34))]
    if rng.random() < 0.55:
        chosen.append((rng.choice(SIDE), "", 14))
    if rng.random() < 0.35:
        chosen.append((NPM[number // 3 % len(NPM)], rng.choice(PLACES[half]["NPM"]), rng.randint(12, 36)))
    if rng.random() < 0.4:
        chosen.append((OTHER[number % len(OTHER)], rng.choice(PLACES[half]["OTHER"]), 20))
    asked: list[list[str]] = [[] for _ in chosen]
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 4, 4])):
        at = rng.randrange(len(chosen))
        kinds = chosen[at][0][2]
        problem = rng.choices(kinds, [3 if kind in RARE else 1 for kind in kinds])[0]
        if problem in REPEATED or problem not in asked[at]:
            asked[at].append(problem)
    for (entry, place, count), problems in zip(chosen, asked):
        if "broken" in problems:
            problems[:] = ["broken"]
        entry[1](p, place, count, problems)
        p.formats.append(entry[0])
    p.write("README.md", f"# acme {p.name}\n\nTrains and serves a model.\n")
    p.write("src/acme/__init__.py", "")
    return p
