#!/usr/bin/env python3
"""Asks the tools that own a version format, and writes what they answer as test vectors.

    make_version_vectors.py > Tests/CordonSupplyChainTests/Vectors/versions.json

Needs PyPI's `packaging` and `cvss`, dpkg, node (npm's own copy of semver), Maven's maven-artifact jar and Ruby. Each
vector is [a, b, order] or [requirement, version, contained]; pre-releases count as contained where the range covers them
for Python, and follow npm's own rule for npm.
"""

import itertools
import json
import os
import random
import re
import subprocess
import sys

from cvss import CVSS3
from packaging import __version__ as packaging_version
from packaging.specifiers import SpecifierSet
from packaging.version import Version

PYTHON = """0 0.0 0.1 1 1.0 1.0.0 1.0.1 1.1 1.10 1.9 2.0 10 1!0 1!1.0 2!0.1 1.0.dev0 1.0.dev456 1.0a 1.0a1 1.0-alpha-1 1.0_ALPHA_1
1.0a2.dev456 1.0b2 1.0b2.post345.dev456 1.0b2-346 1.0rc1.dev456 1.0rc1 1.0c1 1.0preview1 1.0+abc.5 1.0+abc 1.0+5 1.0+10 1.0+ABC-5
1.0.post456.dev34 1.0.post456 1.0-1 1.0-r4 1.0.rev4 1.0.post4+local 1.1.dev1 v1.0 01.0 2020.1.1 1.4.2 1.4.5 1.4.5a4 2.2 2.2.post3
2.3 3.0.dev7 1.7.0.post3 1.7.0+local 4.0.0rc1""".split()
PYTHON_RANGES = """~=1.4.5|~=2.2|~=2.2.post3|~=1.4.5a4|==1.*|==1.0.*|==1.1.*|==1.0|==1.0.0|==1.0+abc|!=1.0|!=1.0.*|>1.7|>1.7.0.post2|<3.0
<3.0.dev8|<=1.0|>=1.0|>=1.0a1|<1.0|<1.0rc1|>1.0|===1.0|>=1.0,<2.0|>=1.0,!=1.0.1,<2|==1!1.*|==1.0.post4|<4|~=1.0.post1""".replace("\n", "|").split("|")
NPM = """0.0.0 0.0.1 0.0.3-beta 0.1.0 0.2.3 0.2.9 0.3.0 0.10.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2
1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.0+build.1 1.0.1 1.2.0 1.2.3-alpha.3 1.2.3-beta.2 1.2.3 1.2.4-beta.2 1.2.9 1.3.0-0 1.3.0 1.10.0
2.0.0-0 2.0.0-rc.1 2.0.0 2.3.4 2.3.5-pre 2.4.0 3.0.0 3.4.5 10.0.0 1.0.0-0 1.0.0-10 1.0.0-2 1.0.0-A 1.0.0-a 1.0.0-9a""".split()
NPM_RANGES = """^1.2.3|^0.2.3|^0.0.3|^1.2.3-beta.2|^1.2.x|^0.0.x|^0.0|^1.x|^1|^0|~1.2.3|~1.2|~1|~0.2.3|1.2.x|1.X|1.2.*|*|x|1|1.2|1.2.3|=1.2.3|v1.2.3
>1.2.3|>=1.2.3|<1.2.3|<=1.2.3|>1.2|>=1.2|<1.2|<=1.2|>1|<=1|>=1.2.3-alpha.3 <1.3.0|1.2.3 - 2.3.4|1.2 - 2.3.4|1.2.3 - 2.3|1.2.3 - 2
<1.0.0 || >=2.3.1 <2.4.5|>=1.2.3 <2.0.0|1.2.3 || 2.0.0|<2.0.0|>=2.0.0-rc.1|> 1.2.3 <= 2|^ 1.2.3|~1.2.3 || ^3""".replace("\n", "\0").replace(" || ", "\1").replace("|", "\0").replace("\1", " || ").split("\0")
DEBIAN = """0 1 1.0 1.0-1 1.0-1.1 1.0-10 1.0-2 1.0-1ubuntu1 1.0-1ubuntu1~20.04.1 1.0-1+deb12u1 1.0-1~bpo12+1 1.0~rc1-1 1.0~rc1 1.0~ 1.0~~ 1.0~~a
1.0a 1.0.1 1.0+dfsg-1 1.0-0 1.00 1:1.0-1 0:1.0-1 1:0 2:0.1 1.10 1.9 1.0-a 1.0+ 1a 1A 1a~ 0.9.8zg-1 2.36-9+deb12u4 2.36-9+deb12u10""".split()
MAVEN = """1 1.0 1.0.0 1-0 1.ga 1-final 1.0.RELEASE 1-sp 1-sp1 1-alpha 1-a1 1-alpha-1 1alpha1 1-alpha2 1-alpha-10 1-beta 1-b1 1-milestone 1-m1 1-rc
1-cr1 1-rc2 1-snapshot 1-SNAPSHOT 1-rc-SNAPSHOT 1-abc 1-foo2 1-foo10 1-1 1.1 1.0.1 1.10 1.9 2 2.0 2-1 2.0.1-xyz 2.0.1-123 1x 1.x 1-x 1.1-a 20190101
99999999999999999999 31.1-jre 31.1-android 2.14.0-rc1 2.14.0 5.3.0.M1 5.3.0.RC1 1-a 1.foo 1-foo 1.0.0-foo.0.0""".split()
RUBY = """0 0.0 1 1.0 1.0.0 1.0.a 1.0.a1 1.0.a.1 1.0.a10 1.0.b 1.0.beta 1.0.beta.2 1.0.pre 1.0.pre.1 1.0.rc1 1.0.rc.1 1.0-1 1.0-rc1 1.0.1 1.1 1.10 1.9
1.2.3 2 2.0 2.0.a 2.0.0.rc1 2.2.0 3.0.0.pre 6.1.7.1 6.1.7.10 6.1.7 1.0.A 1.a.0""".split()
CVSS = ["/".join(parts) for parts in (
    ("CVSS:3.1", "AV:N", "AC:L", "PR:N", "UI:N", "S:U", "C:H", "I:H", "A:H"), ("CVSS:3.1", "AV:N", "AC:L", "PR:N", "UI:N", "S:C", "C:H", "I:H", "A:H"),
    ("CVSS:3.1", "AV:N", "AC:L", "PR:N", "UI:R", "S:C", "C:L", "I:L", "A:N"), ("CVSS:3.1", "AV:L", "AC:H", "PR:L", "UI:N", "S:C", "C:H", "I:N", "A:N"),
    ("CVSS:3.1", "AV:P", "AC:H", "PR:H", "UI:R", "S:U", "C:L", "I:N", "A:N"), ("CVSS:3.0", "AV:A", "AC:H", "PR:H", "UI:R", "S:C", "C:L", "I:N", "A:L"),
    ("CVSS:3.1", "AV:N", "AC:L", "PR:N", "UI:N", "S:U", "C:N", "I:N", "A:N"), ("CVSS:3.1", "AV:N", "AC:L", "PR:H", "UI:R", "S:U", "C:L", "I:L", "A:L"))]


def pairs(values, count):
    found = list(itertools.combinations(values, 2))
    random.Random(7).shuffle(found)
    return found[:count]


def sign(a, b):
    return (a > b) - (a < b)


def debian(a, b):
    return next(r for op, r in (("lt", -1), ("eq", 0), ("gt", 1)) if subprocess.run(["dpkg", "--compare-versions", a, op, b], stderr=subprocess.DEVNULL).returncode == 0)


def node():
    root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=True).stdout.strip() + "/npm/node_modules/semver"
    script = (f"const s=require('{root}');const i=JSON.parse(require('fs').readFileSync(0));console.log(JSON.stringify("
              "{order:i.pairs.map(([a,b])=>[a,b,s.compare(a,b)]),contains:i.ranges.flatMap(r=>i.versions.map(v=>[r,v,s.satisfies(v,r)]))}))")
    done = subprocess.run(["node", "-e", script], input=json.dumps({"pairs": pairs(NPM, 200), "ranges": NPM_RANGES, "versions": NPM}), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def maven():
    folder = "/usr/share/maven/lib"
    jars = [f"{folder}/{name}" for name in os.listdir(folder) if re.match(r"maven-artifact-|commons-lang3", name)]
    wanted = pairs(MAVEN, 200)
    done = subprocess.run(["java", "-cp", ":".join(jars), "org.apache.maven.artifact.versioning.ComparableVersion", *itertools.chain(*wanted)], capture_output=True, text=True, check=True)
    lines = [line.split() for line in done.stdout.splitlines() if re.match(r"^\s+\S+ (<|==|>) \S+$", line)]
    return [[a, b, {"<": -1, "==": 0, ">": 1}[lines[2 * i][1]]] for i, (a, b) in enumerate(wanted)]


def ruby():
    script = "require 'json';puts JSON.generate(JSON.parse(STDIN.read).map{|a,b|[a,b,Gem::Version.new(a)<=>Gem::Version.new(b)]})"
    done = subprocess.run(["ruby", "-e", script], input=json.dumps(pairs(RUBY, 200)), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main():
    javascript = node()
    contains = [[r, v, SpecifierSet(r).contains(v, prereleases=True)] for r in PYTHON_RANGES for v in PYTHON]
    random.Random(7).shuffle(contains)
    random.Random(7).shuffle(javascript["contains"])
    vectors = {
        "made": f"by Scripts/make_version_vectors.py from packaging {packaging_version}, npm's semver, dpkg, Maven's ComparableVersion and RubyGems",
        "python": [[a, b, sign(Version(a), Version(b))] for a, b in pairs(PYTHON, 250)], "pythonContains": contains[:400],
        "npm": javascript["order"], "npmContains": javascript["contains"][:500],
        "debian": [[a, b, debian(a, b)] for a, b in pairs(DEBIAN, 200)], "maven": maven(), "ruby": ruby(),
        "cvss": [[vector, float(CVSS3(vector).base_score)] for vector in CVSS],
    }
    sys.stdout.write("{\n" + ",\n".join(f'"{key}": {json.dumps(value)}' for key, value in vectors.items()) + "\n}\n")


if __name__ == "__main__":
    main()
