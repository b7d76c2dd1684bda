#!/usr/bin/env python3
"""How many known facts of 30 model folders are in the bill of materials that each tool writes.

    python3 bom_facts.py --cordon PATH                  beside aisbom-cli, ai-bom, airom and ai-bom-generator
    python3 bom_facts.py --cordon PATH --peers FOLDER   with the peers' environments in that folder
    python3 bom_facts.py --check                        make the folders and check them; runs no tool

The folders are made by a fixed seed. Each states some of seven facts, in one of
the places real ones do: front matter, prose, a LICENSE file, config.json,
adapter_config.json, GGUF or ONNX metadata. A fact counts as found if its value
stands anywhere in the tool's CycloneDX output, as a word, in one of the usual
spellings; what the output says of the tool itself is left out first, since
tools put their own licence there. Names in the folders are made up, so that no
tool finds a fact by echoing a path. Peers run offline.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.dont_write_bytecode = True

import modelfiles as mf  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".deps" / "supplychain" / "peers"
MAIN = ("licence", "base model", "dataset")
FACTS = (*MAIN, "architecture", "parameters", "dtype", "tokenizer")
SPELLINGS = {"F32": ("F32", "float32", "fp32"), "F16": ("F16", "float16", "fp16"), "BF16": ("BF16", "bfloat16"),
             "Q8_0": ("Q8_0", "MOSTLY_Q8_0"), "I32": ("I32", "int32")}
ORGS = ("quietlake", "Oram-Labs", "nine-rivers", "tessera", "Vantage-NLP", "palimpsest")
MODELS = ("Corvid", "minnow", "Brightwell", "Aster", "plover", "Kestrel9", "Umber", "gannet", "Solstice", "wren")
DATA = ("ledger-lines", "QuarryQA", "tide-tables", "kiln-notes", "HedgeWords", "mosaic-dialogs", "plainspeech", "fieldbook")
TIME_LIMIT = 120

MIT = """MIT License

Copyright (c) 2025 Oram Labs

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
ISC = """ISC License

Copyright (c) 2024 Tessera

Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.
"""
BSD = """Copyright (c) 2023, Nine Rivers
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its
   contributors may be used to endorse or promote products derived from
   this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""
LICENCE_FILES = {"MIT": ("LICENSE", MIT), "ISC": ("LICENSE.txt", ISC), "BSD-3-Clause": ("LICENSE.md", BSD)}
LONG_NAMES = {"apache-2.0": "Apache 2.0", "mit": "MIT", "cc-by-nc-4.0": "CC BY-NC 4.0", "openrail": "OpenRAIL"}


# ---------------------------------------------------------------- the folders

@dataclass
class Folder:
    """A model folder and the facts it states: each with the spellings that count."""
    root: Path
    style: str
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def json(self, name: str, value: object) -> None:
        self.write(name, json.dumps(value, indent=2) + "\n")


def tokenizer(folder: Folder, kind: str) -> None:
    """The files of a tokenizer; the class is the fact."""
    vocabulary = {chr(33 + number): number for number in range(90)}
    folder.json("tokenizer.json", {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                                   "pre_tokenizer": None, "post_processor": None, "decoder": None,
                                   "model": {"type": "BPE", "vocab": vocabulary, "merges": []}})
    folder.json("tokenizer_config.json", {"tokenizer_class": kind, "model_max_length": 2048, "unk_token": "<unk>"})
    folder.json("special_tokens_map.json", {"unk_token": "<unk>"})
    folder.facts["tokenizer"] = (kind,)


def network(folder: Folder, rng: random.Random) -> None:
    """Weights, configuration and tokenizer of a Llama or a BERT."""
    dtype = rng.choice(("F32", "F16", "BF16"))
    if rng.random() < 0.6:
        tensors, kind, name = mf.llama(rng.choice((32, 48)), rng.choice((2, 3)), rng.randrange(100, 180), dtype), "llama", "LlamaForCausalLM"
    else:
        tensors, kind, name = mf.bert(rng.choice((32, 40)), 2, rng.randrange(100, 180), dtype), "bert", "BertForMaskedLM"
    mf.safetensors(folder.root / "model.safetensors", tensors, {"format": "pt"}, rng.randrange(1 << 30))
    folder.json("config.json", {"architectures": [name], "model_type": kind, "hidden_size": 32, "torch_dtype": SPELLINGS[dtype][1],
                                "vocab_size": 128, "transformers_version": "4.45.1"})
    tokenizer(folder, {"llama": "LlamaTokenizer", "bert": "BertTokenizer"}[kind])
    folder.facts |= {"architecture": (name, kind), "parameters": (str(mf.parameters(tensors)),), "dtype": SPELLINGS[dtype]}


def stated(rng: random.Random) -> tuple[str, str, str]:
    """A licence, a base model and a dataset."""
    return (rng.choice(("apache-2.0", "mit", "cc-by-nc-4.0", "openrail")),
            f"{rng.choice(ORGS)}/{rng.choice(MODELS)}-{rng.choice(('1b', '7B', 'base', 'large'))}",
            f"{rng.choice(ORGS)}/{rng.choice(DATA)}")


def note(folder: Folder, licence: str = "", base: str = "", data: str = "") -> None:
    """Which of the three facts the folder states."""
    if licence:
        folder.facts["licence"] = tuple({licence, LONG_NAMES.get(licence, licence)})
    if base:
        folder.facts["base model"] = (base,)
    if data:
        folder.facts["dataset"] = (data,)


def front(folder: Folder, lines: list[str], body: str = "") -> None:
    folder.write("README.md", "\n".join(["---", *lines, "---", "", "# Model card", "", body or "More information is needed.", ""]))


def front_strings(f: Folder, rng: random.Random) -> None:
    network(f, rng)
    licence, base, data = stated(rng)
    front(f, [f"license: {licence}", f"base_model: {base}", "datasets:", f"- {data}", "language:", "- en", "pipeline_tag: text-generation"])
    note(f, licence, base, data)


def front_quoted(f: Folder, rng: random.Random) -> None:
    """Flow lists, quotes, a comment."""
    network(f, rng)
    licence, base, data = stated(rng)
    front(f, ["# made by a script", f'license: "{licence}"', f"base_model: ['{base}']", f'datasets: ["{data}"]', "base_model_relation: finetune"])
    note(f, licence, base, data)


def front_windows(f: Folder, rng: random.Random) -> None:
    """A byte order mark and carriage returns."""
    front_strings(f, rng)
    text = (f.root / "README.md").read_text()
    (f.root / "README.md").write_bytes(("\ufeff" + text.replace("\n", "\r\n")).encode())


def front_other(f: Folder, rng: random.Random) -> None:
    """A licence with a name of its own."""
    network(f, rng)
    _, base, data = stated(rng)
    front(f, ["license: other", "license_name: quietlake-community-licence", "license_link: https://quietlake.example/licence", f"base_model: {base}",
              f"datasets: {data}"])
    note(f, "", base, data)
    f.facts["licence"] = ("quietlake-community-licence",)


def licence_file(f: Folder, rng: random.Random) -> None:
    """The licence is in its file alone, base and data in the front matter."""
    network(f, rng)
    _, base, data = stated(rng)
    licence = rng.choice(sorted(LICENCE_FILES))
    f.write(*LICENCE_FILES[licence])
    front(f, [f"base_model:\n- {base}", f"datasets:\n- {data}", "tags:\n- generated_from_trainer"])
    note(f, licence, base, data)


def prose(f: Folder, rng: random.Random) -> None:
    """No front matter: sentences, as trainers and people write them."""
    network(f, rng)
    licence, base, data = stated(rng)
    f.write("README.md", rng.choice((
        f"# My model\n\nThis model is a fine-tuned version of [{base}](https://huggingface.co/{base}) on the [{data}](https://huggingface.co/datasets/{data}) "
        f"dataset.\n\n## License\n\n{LONG_NAMES[licence]}\n",
        f"# Model\n\n- **Developed by:** us\n- **License:** {licence}\n- **Finetuned from model:** {base}\n\n### Training Data\n\n{data}\n",
        f"<h1>Model</h1>\n\n| | |\n|---|---|\n| License | {licence} |\n| Base model | `{base}` |\n| Training data | `{data}` |\n")))
    note(f, licence, base, data)


def adapter(f: Folder, rng: random.Random) -> None:
    """A LoRA: the base is in its configuration, or in the card too."""
    licence, base, data = stated(rng)
    pairs = mf.lora(mf.llama(32, 2, 128), 8)
    mf.safetensors(f.root / "adapter_model.safetensors", pairs, {"format": "pt"}, rng.randrange(1 << 30))
    f.json("adapter_config.json", {"base_model_name_or_path": base, "peft_type": "LORA", "r": 8, "lora_alpha": 16, "task_type": "CAUSAL_LM"})
    front(f, [f"license: {licence}", "library_name: peft", "datasets:", f"  - {data}"])
    note(f, licence, base, data)
    f.facts |= {"parameters": (str(mf.parameters(pairs)),), "dtype": SPELLINGS["F32"]}


def gguf_alone(f: Folder, rng: random.Random) -> None:
    licence, base, data = stated(rng)
    tensors = mf.llama_gguf(64, 2, rng.randrange(100, 180))
    mf.gguf(f.root / "weights-q8_0.gguf", {
        "general.architecture": "llama", "general.name": "Weights", "general.license": licence, "general.file_type": 7, "general.base_model.count": 1,
        "general.base_model.0.name": base.split("/")[1], "general.base_model.0.organization": base.split("/")[0],
        "general.base_model.0.repo_url": f"https://huggingface.co/{base}", "general.dataset.count": 1, "general.dataset.0.name": data.split("/")[1],
        "general.dataset.0.repo_url": f"https://huggingface.co/datasets/{data}", "llama.block_count": 2, "llama.embedding_length": 64,
        "llama.attention.head_count": 4, "llama.context_length": 2048, "llama.feed_forward_length": 128, "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": [chr(33 + n) for n in range(90)]}, tensors, True, rng.randrange(1 << 30))
    note(f, licence, base, data)
    f.facts |= {"architecture": ("llama",), "parameters": (str(mf.parameters(tensors)),), "dtype": SPELLINGS["Q8_0"], "tokenizer": ("gpt2",)}


def onnx_alone(f: Folder, rng: random.Random) -> None:
    """ONNX with what exporters put into its properties."""
    licence, base, data = stated(rng)
    weights = {"w1": (16, 48), "w2": (48, rng.randrange(4, 20))}
    mf.onnx(f.root / "model.onnx", {"license": licence, "base_model": base, "dataset": data}, weights, rng.randrange(1 << 30))
    note(f, licence, base, data)
    f.facts |= {"parameters": (str(sum(a * b for a, b in weights.values())),), "dtype": ("FLOAT", *SPELLINGS["F32"])}


def config_only(f: Folder, rng: random.Random) -> None:
    """No card: the base is in config.json, the licence in its file."""
    network(f, rng)
    _, base, _ = stated(rng)
    settings = json.loads((f.root / "config.json").read_text())
    f.json("config.json", {"_name_or_path": base, **settings})
    licence = rng.choice(sorted(LICENCE_FILES))
    f.write(*LICENCE_FILES[licence])
    note(f, licence, base)


def shards(f: Folder, rng: random.Random) -> None:
    """Two shards and their index; the parameters are the sum."""
    licence, base, data = stated(rng)
    tensors = mf.llama(32, 4, rng.randrange(100, 180), "BF16")
    names, where = list(tensors), {}
    for number, part in enumerate((names[:len(names) // 2], names[len(names) // 2:]), 1):
        name = f"model-0000{number}-of-00002.safetensors"
        mf.safetensors(f.root / name, {n: tensors[n] for n in part}, {"format": "pt"}, number)
        where |= dict.fromkeys(part, name)
    f.json("model.safetensors.index.json", {"metadata": {"total_size": mf.parameters(tensors) * 2}, "weight_map": where})
    f.json("config.json", {"architectures": ["MistralForCausalLM"], "model_type": "mistral", "torch_dtype": "bfloat16", "hidden_size": 32})
    tokenizer(f, "LlamaTokenizerFast")
    front(f, [f"license: {licence}", "base_model:", f"  - {base}", "datasets:", f"  - {data}"])
    note(f, licence, base, data)
    f.facts |= {"architecture": ("MistralForCausalLM", "mistral"), "parameters": (str(mf.parameters(tensors)),), "dtype": SPELLINGS["BF16"]}


STYLES = (front_strings,) * 5 + (front_quoted,) * 4 + (front_windows,) * 2 + (front_other,) * 2 + (licence_file,) * 3 + (prose,) * 4 \
    + (adapter,) * 3 + (gguf_alone,) * 3 + (onnx_alone,) + (config_only,) * 2 + (shards,)


def make(out: Path) -> list[Folder]:
    """The thirty folders."""
    folders = []
    for number, style in enumerate(STYLES):
        folder = Folder(out / f"folder-{number:02d}", style.__name__)
        folder.root.mkdir(parents=True)
        style(folder, random.Random(f"facts-{number}"))
        folders.append(folder)
    return folders


# ---------------------------------------------------------------- the tools

def peers_present(store: Path) -> dict[str, Path]:
    """Install the peers, each into an environment of its own; those that cannot be are left out."""
    found = {}
    for name, package, program in (("aisbom-cli", "aisbom-cli==1.7.0", "aisbom"), ("ai-bom", "ai-bom==3.6.0", "ai-bom"),
                                   ("airom", "airom==0.5.0", "airom"), ("ai-bom-generator", "ai-bom-generator==0.8.2", "ai-bom")):
        place = store / name / "bin" / program
        if not place.exists():
            for python in interpreters():
                shutil.rmtree(store / name, ignore_errors=True)
                print(f"installing {package}", flush=True)
                if not subprocess.run([python, "-m", "venv", str(store / name)], check=False).returncode and not subprocess.run(
                        [str(store / name / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package], check=False).returncode:
                    break
        if place.exists():
            found[name] = place
        else:
            print(f"{name} is not installed")
    return found


def interpreters() -> list[str]:
    """This interpreter, and newer ones, which some peers need."""
    newer = [shutil.which(f"python3.{minor}") for minor in (12, 13)]
    newer += [str(path) for path in sorted(Path.home().glob(".pyenv/versions/3.1[23].*/bin/python3"))]
    return [sys.executable, *(python for python in newer if python and "shims" not in python)]


def commands(name: str, program: str, folder: Path, out: Path) -> list[str]:
    """How a tool is asked for CycloneDX; cordon prints it, the others write it to `out`."""
    target = str(folder)
    if name == "cordon":
        return [program, "bom", target, "--format", "cyclonedx-1.6"]
    if name == "aisbom-cli":
        return [program, "scan", target, "--output", str(out), "--schema-version", "1.6", "--no-fail-on-risk", "--offline"]
    if name == "ai-bom":
        return [program, "scan", target, "--format", "cyclonedx", "--output", str(out), "--quiet", "--no-telemetry"]
    if name == "airom":
        return [program, "fs", target, "--output", f"cyclonedx={out}", "--offline", "--no-progress", "--quiet"]
    return [program, "generate", target, "--output", str(out), "--warning-report", str(out.with_suffix(".warnings")), "--redaction", "off",
            "--discover-artifacts"]


def without_tools(text: str) -> str:
    """The document without what it says of the tool that wrote it; "" if it is none."""
    try:
        document = json.loads(text)
    except ValueError:
        return ""
    if isinstance(document, dict) and isinstance(document.get("metadata"), dict):
        document["metadata"].pop("tools", None)
    return json.dumps(document, ensure_ascii=False)


def output(name: str, program: str, folder: Path, scratch: Path) -> str:
    """What a tool writes about a folder."""
    out = scratch / f"{name}.json"
    out.unlink(missing_ok=True)
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    quiet = {"AISBOM_OFFLINE": "1", "AISBOM_NO_TELEMETRY": "1", "AI_BOM_TELEMETRY": "0", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    try:
        done = subprocess.run(commands(name, program, folder, out), capture_output=True, text=True, timeout=TIME_LIMIT, cwd=scratch, check=False,
                              env={**kept, **quiet, "LC_ALL": "C.UTF-8", "HOME": str(scratch), "XDG_CACHE_HOME": str(scratch)})
    except subprocess.TimeoutExpired:
        return ""
    return without_tools(out.read_text() if out.exists() else done.stdout)


def says(text: str, spellings: tuple[str, ...]) -> bool:
    """Whether one of the spellings stands there as a word."""
    return any(re.search(rf"(?<![\w.-]){re.escape(s)}(?![\w-]|\.\w)", text, re.IGNORECASE) for s in spellings)


def table(folders: list[Folder], results: dict[str, list[str]]) -> None:
    """Facts found, by tool."""
    totals = Counter(fact for f in folders for fact in f.facts)
    print(f"{'':18}" + "".join(f"{fact:>14}" for fact in FACTS) + f"{'the three':>12}{'no output':>11}")
    print(f"{'stated':18}" + "".join(f"{totals[fact]:>14}" for fact in FACTS) + f"{sum(totals[fact] for fact in MAIN):>12}")
    for name, texts in results.items():
        found = Counter(fact for f, text in zip(folders, texts, strict=True) for fact, spellings in f.facts.items() if says(text, spellings))
        three = sum(found[fact] for fact in MAIN)
        whole = sum(totals[fact] for fact in MAIN)
        print(f"{name:18}" + "".join(f"{found[fact]:>14}" for fact in FACTS) + f"{f'{100 * three / whole:.0f} %':>12}{texts.count(''):>11}")


def check(folders: list[Folder]) -> list[str]:
    """Facts that are not in the files."""
    wrong = []
    for f in folders:
        text = " ".join(path.read_bytes().decode("utf-8", "replace") for path in sorted(f.root.rglob("*")) if path.is_file())
        for fact in FACTS:
            if fact in f.facts and fact not in ("parameters", "dtype", "licence") and not any(s.lower() in text.lower() for s in f.facts[fact]):
                wrong.append(f"{f.root.name} ({f.style}): {fact} {f.facts[fact]} is nowhere")
        for path in f.root.glob("*.safetensors"):
            mf.read_safetensors(path)
    if not says('{"license": {"id": "MIT"}}', ("mit",)) or says("permit submit-mit", ("mit",)) or says("12.5", ("12",)) or says("bert.weight", ("bert",)):
        wrong.append("the search for words is wrong")
    return wrong


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cordon", help="the cordon binary")
    parser.add_argument("--peers", type=Path, default=PEERS, help="folder of the peers' environments; made by the first run")
    parser.add_argument("--check", action="store_true", help="make the folders and check them; runs no tool")
    parser.add_argument("--show", action="store_true", help="list the facts cordon missed")
    parser.add_argument("--keep", type=Path, help="make the folders here, and leave them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folders = make(options.keep or scratch / "folders")
        if options.check:
            wrong = check(folders)
            print("\n".join(wrong) or f"checked: {len(folders)} folders, {sum(len(f.facts) for f in folders)} facts")
            return 1 if wrong else 0
        tools = {tool: str(path) for tool, path in peers_present(options.peers.resolve()).items()}
        if options.cordon:
            tools = {"cordon": shutil.which(options.cordon) or str(Path(options.cordon).resolve()), **tools}
        results = {tool: [output(tool, program, f.root, scratch) for f in folders] for tool, program in tools.items()}
        table(folders, results)
        if options.show and "cordon" in results:
            for f, text in zip(folders, results["cordon"], strict=True):
                missed = [f"{fact} {spellings[0]}" for fact, spellings in f.facts.items() if not says(text, spellings)]
                if missed:
                    print(f"{f.root.name} ({f.style}): " + ", ".join(missed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
