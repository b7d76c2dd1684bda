#!/usr/bin/env python3
"""Measure what `cordon provenance trace` makes of models and datasets whose lineage is known.

    python3 lineage.py --cordon PATH --half tuning        while working on the tracer; --show lists what is missed
    python3 lineage.py --cordon PATH --half evaluation    the figures to publish; says only how many
    python3 lineage.py --half tuning --check              make the projects, check them and the scoring; needs no cordon
    python3 lineage.py --half tuning --keep FOLDER        leave the projects and their truth there

The projects are made by fixed seeds, another for each half; the halves share no
names and some kinds of project are in one half alone. A project states its
lineage as real ones do: model and dataset cards, Croissant, configurations,
GGUF and safetensors metadata, in-toto statements, CycloneDX, dvc.lock.

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

sys.dont_write_bytecode = True

import modelfiles as mf  # noqa: E402

RELATIONS = ("fine-tuned-from", "adapter-of", "merged-from", "quantized-from", "distilled-from", "derived-from", "trained-on",
             "evaluated-on", "labelled-by", "collected-by", "built-by", "supplied-by", "republished-by")
TUNED = ("fine-tuned-from", "derived-from")
ANY_ORIGIN = ("fine-tuned-from", "derived-from", "adapter-of", "merged-from", "quantized-from", "distilled-from")
PARTY_RELATIONS = ("supplied-by", "republished-by", "built-by", "collected-by")
CYCLE, GAP, CONTRADICTION = "CORDON-PRV-001", "CORDON-PRV-002", "CORDON-PRV-003"
HALVES = {"tuning": 2611, "evaluation": 9043}
TIME_LIMIT = 60

WORDS = {
    "tuning": {
        "orgs": ("acme-ai", "northlake", "BlueHeron", "kestrel-labs", "UniTartu", "openmeadow", "Lindqvist", "stonebridge-ml"),
        "models": ("Summit", "heron", "Meridian", "larkspur", "Tundra", "Basalt", "quill", "Harbor", "Juniper", "Saffron", "ember", "Cobalt"),
        "data": ("street-signs", "clinic-notes", "OpenForum", "recipe-steps", "court-rulings", "night-sky", "parcel-photos", "helpdesk-qa"),
        "parties": ("Tallinn Annotation Co-op", "Northlake University", "LabelHouse GmbH", "Riverside Hospital", "Ana Petrov"),
        "builders": ("https://ci.northlake.example/runners/gpu", "https://github.com/actions/runner/github-hosted"),
    },
    "evaluation": {
        "orgs": ("zephyrine", "Kogane-Research", "delta_nine", "PampasLab", "institut-b", "WolframSohn", "coral.works", "mbeki-nlp"),
        "models": ("Orchid", "falken", "Nimbus", "cassava", "Vega", "Granite9", "otter", "Pelican", "Monsoon", "Thistle", "ferro", "Halcyon"),
        "data": ("bird-calls", "tax-letters", "WikiSteps", "harvest-images", "dialect-pairs", "sensor-logs", "book-reviews", "math-proofs"),
        "parties": ("Accra Data Workers", "Kogane Institute", "Etiket S.A.", "County Archive", "Jo Brightwater"),
        "builders": ("https://builder.kogane.example/tekton", "https://gitlab.com/gitlab-org/gitlab-runner"),
    },
}


# ---------------------------------------------------------------- truth

@dataclass(eq=False)
class Thing:
    """A node: a model, a dataset or a party. `gap` says whether it is an open end: yes, no, or free (either is right)."""
    names: list[str]
    kind: str
    gap: str = "no"

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def last(self) -> str:
        return self.name.split("/")[-1]


@dataclass
class Edge:
    start: Thing
    relations: tuple[str, ...]
    end: Thing
    carrier: str


@dataclass
class Project:
    """A folder and what is true of it."""
    root: Path
    half: str
    rng: random.Random
    case: str = ""
    things: list[Thing] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    allowed: list[Edge] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    allowed_findings: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    # -- names

    def pick(self, pool: str) -> str:
        """A word of the half's that the project has not used."""
        while True:
            word = self.rng.choice(WORDS[self.half][pool])
            if pool in ("orgs", "builders") or word not in self.used:
                self.used.add(word)
                return word

    def thing(self, kind: str, name: str, gap: str = "no", *others: str) -> Thing:
        made = Thing([name, *others], kind, gap)
        self.things.append(made)
        return made

    def model(self, gap: str = "no", org: str = "") -> Thing:
        """A model `owner/name`; "yes" for one of which nothing is known but the name."""
        size = self.rng.choice(("1b", "7B", "0.5B", "base", "13b", "small"))
        ending = self.rng.choice(("", "", "-instruct", "-chat", "-v2", "-it"))
        return self.thing("model", f"{org or self.pick('orgs')}/{self.pick('models')}-{size}{ending}", gap)

    def dataset(self, gap: str = "yes", bare: bool = False) -> Thing:
        word = self.pick("data")
        return self.thing("dataset", word if bare else f"{self.pick('orgs')}/{word}", gap)

    def party(self) -> Thing:
        return self.thing("party", self.pick("parties"))

    def say(self, start: Thing, relations: str | tuple[str, ...], end: Thing, carrier: str) -> None:
        accepted = (relations,) if isinstance(relations, str) else relations
        self.edges.append(Edge(start, accepted, end, carrier))

    def may(self, start: Thing, relations: tuple[str, ...], end: Thing) -> None:
        self.allowed.append(Edge(start, relations, end, "allowed"))

    # -- files

    def write(self, place: str | Path, content: str | bytes) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def json(self, place: str | Path, value: object) -> Path:
        return self.write(place, json.dumps(value, indent=self.rng.choice((2, 4, None)), ensure_ascii=False) + "\n")

    def home(self, model: Thing, nested: bool) -> str:
        """Where a model lies, with a slash: the project itself, or owner/name below it, whereby its name is stated."""
        if not nested:
            model.names.append(self.root.name)
            return ""
        model.names.append(f"models/{model.name}")
        return f"models/{model.name}/"

    def weights(self, place: str, model: Thing, tensors: mf.Tensors, metadata: dict[str, str] | None = None,
                name: str = "model.safetensors") -> Path:
        path = mf.safetensors(self.root / f"{place}{name}", tensors, metadata or {"format": "pt"}, self.rng.randrange(1 << 30))
        model.names += [f"{place}{name}", name] if place else [name]
        return path

    def card(self, place: str, fields: dict[str, object], model: Thing | None = None, body: str = "", plain: bool = False) -> None:
        """A README.md with front matter, in one of the styles people write them in."""
        style = 0 if plain else self.rng.randrange(4)
        lines = ["---"]
        for key, value in fields.items():
            lines += yaml_lines(key, value, style, 0)
            if style == 3 and self.rng.random() < 0.3:
                lines.append("# filled in by hand")
        title = model.last if model else "Dataset"
        lines += ["---", "", f"# {title}", "", body or "See the [documentation](https://example.com/docs) for how to use it.", ""]
        newline = "\r\n" if style == 2 else "\n"
        self.write(f"{place}README.md", ("\ufeff" if style == 1 else "") + newline.join(lines))

    def config(self, place: str, architecture: str = "LlamaForCausalLM", **others: object) -> None:
        kind = architecture.split("For")[0].lower()
        self.json(f"{place}config.json", {**others, "architectures": [architecture], "hidden_size": 32, "model_type": kind,
                                          "num_hidden_layers": 2, "torch_dtype": "bfloat16", "vocab_size": 128})


def yaml_lines(key: str, value: object, style: int, indent: int) -> list[str]:
    """A mapping entry as YAML lines."""
    space = " " * indent
    quote = {0: str, 1: json.dumps, 2: lambda text: f"'{text}'", 3: str}[style]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        lines = [f"{space}{key}:"]
        for item in value:
            inner = [line for k, v in item.items() for line in yaml_lines(k, v, style, indent + 2)]
            inner[0] = f"{space}- {inner[0].strip()}"
            lines += inner
        return lines
    if isinstance(value, list) and style == 1:
        return [f"{space}{key}: [{', '.join(quote(item) for item in value)}]"]
    if isinstance(value, list):
        return [f"{space}{key}:"] + [f"{space}{'  ' if style == 2 else ''}- {quote(item)}" for item in value]
    if isinstance(value, dict):
        return [f"{space}{key}:"] + [line for k, v in value.items() for line in yaml_lines(k, v, style, indent + 2)]
    return [f"{space}{key}: {quote(value) if isinstance(value, str) else value}"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---------------------------------------------------------------- the kinds of project

Case = Callable[[Project], None]
CASES: dict[str, dict[str, Case]] = {"tuning": {}, "evaluation": {}}


def case(*halves: str) -> Callable[[Case], Case]:
    """Put a kind of project into the halves named, or into both."""
    def register(function: Case) -> Case:
        for half in halves or tuple(HALVES):
            CASES[half][function.__name__] = function
        return function
    return register


def simple_model(p: Project, nested: bool = False, **config: object) -> tuple[Thing, str]:
    """A Llama with weights and a configuration, stating nothing yet."""
    model = p.model()
    place = p.home(model, nested)
    p.weights(place, model, mf.llama(32, 2, 128))
    p.config(place, **config)
    return model, place


@case()
def card_string(p: Project) -> None:
    """base_model as one string, no relation; sometimes as an address."""
    model, place = simple_model(p)
    base, data = p.model("yes"), p.dataset()
    stated = base.name if p.rng.random() < 0.7 else f"https://huggingface.co/{base.name}"
    p.card(place, {"license": "apache-2.0", "language": ["en"], "base_model": stated, "datasets": [data.name], "tags": ["text"]}, model)
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case()
def card_relation(p: Project) -> None:
    """base_model with base_model_relation."""
    relation, meant = p.rng.choice((("finetune", "fine-tuned-from"), ("quantized", "quantized-from"), ("adapter", "adapter-of")))
    model, base = p.model(), p.model("yes")
    place = p.home(model, False)
    tensors = mf.llama(32, 2, 128)
    tensors = {"quantized": mf.gptq, "adapter": lambda t: mf.lora(t, 4)}.get(relation, lambda t: t)(tensors)
    p.weights(place, model, tensors, name="adapter_model.safetensors" if relation == "adapter" else "model.safetensors")
    if relation != "adapter":
        p.config(place)
    p.card(place, {"base_model": [base.name], "base_model_relation": relation, "license": "mit"}, model)
    p.say(model, meant, base, "model card")


@case()
def card_merge(p: Project) -> None:
    """Several bases and the relation `merge`."""
    model, place = simple_model(p)
    bases = [p.model("yes") for _ in range(p.rng.choice((2, 3)))]
    fields: dict[str, object] = {"base_model": [b.name for b in bases], "library_name": "transformers", "license": "other"}
    if p.rng.random() < 0.6:
        fields["base_model_relation"] = "merge"
        relations: tuple[str, ...] = ("merged-from",)
    else:
        fields["tags"] = ["merge", "mergekit"]
        relations = ("merged-from", *TUNED)
    p.card(place, fields, model)
    for base in bases:
        p.say(model, relations, base, "model card")


@case()
def card_results(p: Project) -> None:
    """A model made from the start, with data and results; it has no base and that is no gap."""
    model, place = simple_model(p)
    train, test = p.dataset(), p.dataset(bare=True)
    results = [{"task": {"type": "text-classification"}, "dataset": {"name": test.name.replace("-", " ").title(), "type": test.name, "split": "test"},
                "metrics": [{"type": "accuracy", "value": 0.91}]}]
    test.names.append(test.name.replace("-", " ").title())
    p.card(place, {"license": "bsd-3-clause", "datasets": [train.name], "model-index": [{"name": model.last, "results": results}]}, model)
    p.say(model, "trained-on", train, "model card")
    p.say(model, "evaluated-on", test, "model-index")


@case("evaluation")
def card_both_uses(p: Project) -> None:
    """The same dataset for training and for results."""
    model, place = simple_model(p)
    data = p.dataset()
    results = [{"task": {"type": "question-answering"}, "dataset": {"name": data.name, "type": data.name, "config": "default", "split": "validation"},
                "metrics": [{"type": "f1", "value": 71.5, "name": "F1"}]}]
    p.card(place, {"datasets": data.name, "model-index": [{"name": model.name, "results": results}]}, model)
    p.say(model, "trained-on", data, "model card")
    p.say(model, "evaluated-on", data, "model-index")


@case()
def adapter(p: Project) -> None:
    """adapter_config.json, and a card that says the same, differently spelt, or nothing."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, False)
    p.weights(place, model, mf.lora(mf.llama(32, 2, 128), 8), name="adapter_model.safetensors")
    p.json(f"{place}adapter_config.json", {"base_model_name_or_path": base.name, "peft_type": "LORA", "r": 8, "lora_alpha": 16,
                                          "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM"})
    p.say(model, "adapter-of", base, "adapter_config")
    spelling = p.rng.choice((None, base.name, base.name.swapcase(), f"https://huggingface.co/{base.name}/"))
    if spelling:
        p.card(place, {"base_model": spelling, "library_name": "peft"}, model)


@case()
def adapter_of_local(p: Project) -> None:
    """The adapter names its base by a relative path to it; the base is there and says where it is from."""
    base, place = simple_model(p, True)
    data = p.dataset()
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    p.say(base, "trained-on", data, "model card")
    model = p.model(org=base.name.split("/")[0])
    home = p.home(model, True)
    p.weights(home, model, mf.lora(mf.llama(32, 2, 128), 4), name="adapter_model.safetensors")
    p.json(f"{home}adapter_config.json", {"base_model_name_or_path": f"../{base.last}", "peft_type": "LORA", "r": 4})
    p.card(home, {"base_model": base.name, "base_model_relation": "adapter", "library_name": "peft"}, model)
    p.say(model, "adapter-of", base, "adapter_config")


@case()
def adapter_contradiction(p: Project) -> None:
    model, said, configured = p.model(), p.model("free"), p.model("free")
    place = p.home(model, False)
    p.weights(place, model, mf.lora(mf.llama(32, 2, 128), 8), name="adapter_model.safetensors")
    p.json(f"{place}adapter_config.json", {"base_model_name_or_path": configured.name, "peft_type": "LORA", "r": 8})
    p.card(place, {"base_model": said.name, "library_name": "peft", "license": "apache-2.0"}, model)
    contradiction(p, model, said, configured)


def contradiction(p: Project, model: Thing, *bases: Thing) -> None:
    """Two sources name different bases: either edge may be shown, the finding must be."""
    for base in bases:
        base.gap = "free"
        p.may(model, ANY_ORIGIN, base)
    p.findings.append(CONTRADICTION)


@case("tuning")
def config_contradiction(p: Project) -> None:
    said, configured = p.model("free"), p.model("free")
    model, place = simple_model(p, _name_or_path=configured.name)
    p.card(place, {"base_model": said.name, "base_model_relation": "finetune"}, model)
    contradiction(p, model, said, configured)


@case()
def config_path(p: Project) -> None:
    """_name_or_path as the only word of an origin, or somebody's own folder, which is none."""
    if p.rng.random() < 0.5:
        base = p.model("yes")
        model, _ = simple_model(p, _name_or_path=base.name)
        p.say(model, TUNED, base, "config.json")
    else:
        model, _ = simple_model(p, _name_or_path=p.rng.choice(("./checkpoint-1500", "/home/user/out/run7", "outputs/")))
        model.gap = "yes"
        p.findings.append(GAP)


@case("evaluation")
def config_own_folder(p: Project) -> None:
    """The card names the base, the configuration a training folder: no contradiction."""
    model, place = simple_model(p, _name_or_path=p.rng.choice(("/mnt/scratch/ckpt/epoch_3", "C:\\models\\out", "../saves/final", "")))
    base = p.model("yes")
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "mit"}, model)
    p.say(model, "fine-tuned-from", base, "model card")


def recipe(bases: list[Thing], style: str, target: Thing | None) -> str:
    """A mergekit configuration."""
    lines = []
    if style == "slices":
        lines.append("slices:")
        for number, base in enumerate(bases):
            lines += ["  - sources:", f"      - model: {base.name}", f"        layer_range: [{number}, {number + 2}]"]
        lines.append("merge_method: passthrough")
    else:
        lines.append("models:")
        for base in bases:
            lines += [f"  - model: {base.name}", "    parameters:", "      density: 0.5", "      weight: 0.5"]
        lines.append("merge_method: ties")
    if target:
        lines.append(f"base_model: {target.name}")
    return "\n".join([*lines, "dtype: bfloat16", ""])


@case()
def mergekit(p: Project) -> None:
    """A recipe, with or without a card that names the same; more layers than the bases have is usual."""
    style = "models" if p.half == "tuning" else p.rng.choice(("slices", "models"))
    model = p.model()
    place = p.home(model, False)
    p.weights(place, model, mf.llama(32, 4 if style == "slices" else 2, 128))
    p.config(place)
    bases = [p.model("yes") for _ in range(2)]
    target = p.model("yes") if style == "models" and p.rng.random() < 0.5 else None
    p.write(f"{place}mergekit_config.yml", recipe(bases, style, target))
    for base in [*bases, *([target] if target else [])]:
        p.say(model, "merged-from" if base is not target else ("merged-from", *TUNED), base, "mergekit")
    if p.rng.random() < 0.5:
        named = [*bases, *([target] if target else [])]
        p.rng.shuffle(named)
        p.card(place, {"base_model": [b.name for b in named], "tags": ["mergekit", "merge"]}, model)


@case("evaluation")
def mergekit_contradiction(p: Project) -> None:
    model, place = simple_model(p)
    first, second, third = (p.model("yes") for _ in range(3))
    p.write(f"{place}mergekit_config.yml", recipe([first, second], "models", None))
    p.card(place, {"base_model": [first.name, third.name], "base_model_relation": "merge"}, model)
    p.say(model, "merged-from", first, "mergekit")
    contradiction(p, model, second, third)


def gguf_file(p: Project, model: Thing, place: str, bases: list[Thing], data: list[Thing], address: bool) -> None:
    metadata: dict[str, object] = {"general.architecture": "llama", "general.type": "model", "general.name": model.last.replace("-", " "),
                                   "general.file_type": 7, "llama.block_count": 2, "llama.embedding_length": 64,
                                   "llama.attention.head_count": 4, "llama.context_length": 2048, "llama.feed_forward_length": 128}
    for kind, things in (("base_model", bases), ("dataset", data)):
        if things:
            metadata[f"general.{kind}.count"] = len(things)
        for number, thing in enumerate(things):
            org, _, last = thing.name.rpartition("/")
            metadata[f"general.{kind}.{number}.name"] = last.replace("-", " ")
            if org:
                metadata[f"general.{kind}.{number}.organization"] = org
            if address:
                where = "datasets/" if kind == "dataset" else ""
                metadata[f"general.{kind}.{number}.repo_url"] = f"https://huggingface.co/{where}{thing.name}"
            thing.names += [last.replace("-", " "), f"{org}/{last.replace('-', ' ')}"]
    name = f"{model.last}-Q8_0.gguf"
    mf.gguf(p.root / f"{place}{name}", metadata, mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [f"{place}{name}", name, name.removesuffix(".gguf"), model.last.replace("-", " ")]


@case()
def gguf(p: Project) -> None:
    """A GGUF alone, which names its bases and data."""
    model, base = p.model(), p.model("yes")
    data = [p.dataset()] if p.rng.random() < 0.6 else []
    gguf_file(p, model, p.home(model, False), [base], data, p.rng.random() < 0.7)
    p.say(model, ("quantized-from", *TUNED), base, "GGUF")
    for item in data:
        p.say(model, "trained-on", item, "GGUF")


@case("evaluation")
def gguf_without(p: Project) -> None:
    """A GGUF alone that says nothing."""
    model = p.model("yes")
    gguf_file(p, model, p.home(model, False), [], [], False)
    p.findings.append(GAP)


@case()
def gguf_contradiction(p: Project) -> None:
    model, said, written = p.model(), p.model(), p.model()
    place = p.home(model, False)
    gguf_file(p, model, place, [written], [], True)
    p.card(place, {"base_model": said.name, "base_model_relation": "quantized", "license": "mit"}, model)
    contradiction(p, model, said, written)


@case("evaluation")
def gguf_same_name(p: Project) -> None:
    """A conversion called like its base, as those who convert do: no cycle."""
    base = p.model("yes")
    model = p.thing("model", f"{p.pick('orgs')}-quants/{base.last}-GGUF")
    place = p.home(model, True)
    gguf_file(p, model, place, [base], [], True)
    model.names = [name for name in model.names if name != base.last]
    p.card(place, {"base_model": base.name, "base_model_relation": "quantized"}, model)
    p.say(model, "quantized-from", base, "model card")


@case()
def safetensors_modelspec(p: Project) -> None:
    """Stability's ModelSpec in the header: a merge."""
    model = p.model()
    place = p.home(model, False)
    bases = [p.model("yes") for _ in range(2)]
    p.weights(place, model, mf.convolutions(8, 2), {
        "modelspec.sai_model_spec": "1.0.0", "modelspec.architecture": "stable-diffusion-xl-v1-base", "modelspec.title": model.last,
        "modelspec.implementation": "sgm", "modelspec.merged_from": ", ".join(b.name for b in bases), "format": "pt"},
        name=f"{model.last}.safetensors")
    model.names += [model.last]
    for base in bases:
        p.say(model, ("merged-from", "derived-from"), base, "safetensors")


@case("evaluation")
def safetensors_kohya(p: Project) -> None:
    """A LoRA by kohya's scripts: checkpoint and image folders are in the header."""
    model = p.model()
    place = p.home(model, False)
    base = p.thing("model", f"{p.pick('models')}_xl_v1.0.safetensors", "yes")
    base.names.append(base.name.removesuffix(".safetensors"))
    data = p.thing("dataset", f"10_{p.pick('data')}", "yes")
    p.weights(place, model, {"lora_unet_mid.lora_down.weight": ("F16", (4, 32)), "lora_unet_mid.lora_up.weight": ("F16", (32, 4))}, {
        "ss_network_module": "networks.lora", "ss_sd_model_name": base.name, "ss_base_model_version": "sdxl_base_v1-0", "ss_output_name": model.last,
        "ss_dataset_dirs": json.dumps({data.name: {"n_repeats": 10, "img_count": 42}}), "ss_network_dim": "4"}, name=f"{model.last}.safetensors")
    p.say(model, ("adapter-of", *TUNED), base, "safetensors")
    p.say(model, "trained-on", data, "safetensors")


# -- statements

def statement(p: Project, place: str, subjects: dict[str, str], materials: list[dict], builder: str, version: str = "v1",
              sealed: bool | None = None) -> None:
    """An in-toto statement of a build, plain or in an envelope that nobody's key vouches for."""
    listed = [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()]
    if version == "v1":
        body = {"_type": "https://in-toto.io/Statement/v1", "subject": listed, "predicateType": "https://slsa.dev/provenance/v1",
                "predicate": {"buildDefinition": {"buildType": "https://example.com/buildtypes/train@v1", "externalParameters": {"epochs": 3},
                                                  "resolvedDependencies": materials},
                              "runDetails": {"builder": {"id": builder}, "metadata": {"invocationId": "run-7731"}}}}
    else:
        body = {"_type": "https://in-toto.io/Statement/v0.1", "subject": listed, "predicateType": "https://slsa.dev/provenance/v0.2",
                "predicate": {"builder": {"id": builder}, "buildType": "https://example.com/Makefile", "invocation": {"parameters": ["train"]},
                              "materials": [{"uri": m["uri"], "digest": m["digest"]} for m in materials]}}
    sealed = p.rng.random() < 0.5 if sealed is None else sealed
    if sealed:
        envelope = {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(json.dumps(body).encode()).decode(),
                    "signatures": [{"keyid": "", "sig": base64.b64encode(p.rng.randbytes(71)).decode()}]}
        name = p.rng.choice(("provenance.intoto.jsonl", "attestation.dsse.json"))
        p.write(f"{place}{name}", json.dumps(envelope) + "\n")
    else:
        p.json(f"{place}{p.rng.choice(('provenance.json', 'slsa.provenance.json', 'build.intoto.json'))}", body)


def named_material(p: Project, thing: Thing, role: str) -> dict:
    """A resolved dependency that says what it is."""
    kind = "datasets/" if thing.kind == "dataset" else ""
    revision = p.rng.randbytes(20).hex()
    uri = p.rng.choice((f"https://huggingface.co/{kind}{thing.name}", f"hf://{kind}{thing.name}@{revision}",
                        f"pkg:huggingface/{kind}{thing.name}@{revision}"))
    marks = {"data": ({"type": "dataset"}, {"kind": "dataset", "role": "training"}, {"role": "training-data"}),
             "base": ({"type": "model"}, {"kind": "model", "role": "base"}, {"role": "base-model"}),
             "teacher": ({"type": "model", "role": "teacher"}, {"role": "teacher-model"})}[role]
    return {"uri": uri, "name": thing.name, "digest": {"sha256": p.rng.randbytes(32).hex()}, "annotations": p.rng.choice(marks)}


def code_material(p: Project) -> dict:
    return {"uri": f"git+https://github.com/{p.pick('orgs')}/training@refs/heads/main", "digest": {"gitCommit": p.rng.randbytes(20).hex()}}


@case()
def slsa_v1(p: Project) -> None:
    """What a model was built from and by whom, in a statement about its file."""
    model, place = simple_model(p)
    base, data = p.model("free"), p.dataset("free")
    builder = p.thing("party", p.pick("builders"))
    weights = p.root / f"{place}model.safetensors"
    statement(p, place, {"model.safetensors": sha256(weights)},
              [code_material(p), named_material(p, base, "base"), named_material(p, data, "data")], builder.name)
    p.say(model, TUNED, base, "SLSA v1")
    p.say(model, "trained-on", data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case()
def slsa_teacher(p: Project) -> None:
    """A student and its teacher."""
    model, place = simple_model(p)
    teacher, data = p.model("free"), p.dataset("free")
    builder = p.thing("party", p.pick("builders"))
    statement(p, place, {"model.safetensors": sha256(p.root / f"{place}model.safetensors")},
              [named_material(p, teacher, "teacher"), named_material(p, data, "data")], builder.name)
    p.say(model, "distilled-from", teacher, "SLSA v1")
    p.say(model, "trained-on", data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case()
def slsa_v02(p: Project) -> None:
    """The older predicate; materials are addresses alone."""
    model, place = simple_model(p)
    data = p.dataset("free")
    builder = p.thing("party", p.pick("builders"))
    material = {"uri": f"https://huggingface.co/datasets/{data.name}", "digest": {"sha256": p.rng.randbytes(32).hex()}}
    statement(p, place, {"model.safetensors": sha256(p.root / f"{place}model.safetensors")}, [code_material(p), material], builder.name, "v0.2")
    p.say(model, ("trained-on", "derived-from"), data, "SLSA v0.2")
    p.say(model, "built-by", builder, "SLSA v0.2")


@case()
def slsa_wrong_digest(p: Project) -> None:
    """The statement is about other bytes than the file of that name has."""
    model, place = simple_model(p)
    base = p.model("free")
    builder = p.thing("party", p.pick("builders"))
    statement(p, place, {"model.safetensors": p.rng.randbytes(32).hex()}, [named_material(p, base, "base")], builder.name)
    p.may(model, ANY_ORIGIN, base)
    p.may(model, ("built-by",), builder)
    p.card(place, {"base_model": base.name, "license": "mit"}, model)
    p.findings.append(CONTRADICTION)


@case("tuning")
def slsa_card_contradiction(p: Project) -> None:
    """Card and statement name different bases."""
    model, place = simple_model(p)
    said, built = p.model(), p.model()
    builder = p.thing("party", p.pick("builders"))
    statement(p, place, {"model.safetensors": sha256(p.root / f"{place}model.safetensors")}, [named_material(p, built, "base")], builder.name)
    p.card(place, {"base_model": said.name, "base_model_relation": "finetune"}, model)
    p.say(model, "built-by", builder, "SLSA v1")
    contradiction(p, model, said, built)


@case("evaluation")
def slsa_wrong_material(p: Project) -> None:
    """The statement's data file is in the project with other bytes."""
    model, place = simple_model(p)
    data = p.thing("dataset", "data/train.jsonl", "free", "train.jsonl")
    p.write(data.name, "".join(json.dumps({"text": p.rng.randbytes(8).hex()}) + "\n" for _ in range(20)))
    builder = p.thing("party", p.pick("builders"))
    material = {"uri": f"file:{data.name}", "name": data.name, "digest": {"sha256": p.rng.randbytes(32).hex()}, "annotations": {"type": "dataset"}}
    statement(p, place, {"model.safetensors": sha256(p.root / f"{place}model.safetensors")}, [material], builder.name)
    p.say(model, "trained-on", data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")
    p.findings.append(CONTRADICTION)


# -- bills of materials

def bom(p: Project, components: list[dict], main: dict | None = None, dependencies: list[dict] | None = None) -> None:
    document: dict[str, object] = {"bomFormat": "CycloneDX", "specVersion": p.rng.choice(("1.5", "1.6")), "version": 1,
                                   "serialNumber": f"urn:uuid:3e671687-395b-41f5-a30f-{p.rng.randbytes(6).hex()}", "components": components}
    if main:
        document["metadata"] = {"component": main}
    if dependencies is not None:
        document["dependencies"] = dependencies
    p.json(p.rng.choice(("bom.json", "mlbom.cdx.json", "sbom/model.cdx.json")), document)


def component(thing: Thing, kind: str = "machine-learning-model", **others: object) -> dict:
    group, _, last = thing.name.rpartition("/")
    made: dict[str, object] = {"type": kind, "bom-ref": f"ref-{last.lower()}", "name": last}
    if group:
        made["group"] = group
    thing.names.append(f"ref-{last.lower()}")
    return {**made, **others}


@case()
def cyclonedx(p: Project) -> None:
    """Model card, datasets, ancestors and suppliers in a bill of materials, with or without the files."""
    model, base, data, party = p.model(), p.model("free"), p.dataset("free"), p.party()
    listed: dict = {"ref": component(data)["bom-ref"]} if p.half == "evaluation" else {"type": "dataset", "name": data.name}
    entry = component(model, version="1.2", supplier={"name": party.name}, pedigree={"ancestors": [component(base)]},
                      modelCard={"modelParameters": {"task": "text-generation", "datasets": [listed]}})
    components = [entry, {"type": "library", "name": "torch", "version": "2.4.0", "bom-ref": "ref-torch", "purl": "pkg:pypi/torch@2.4.0"}]
    if "ref" in listed:
        components.append(component(data, "data", data=[{"type": "dataset", "name": data.name}]))
    bom(p, components, dependencies=[{"ref": entry["bom-ref"], "dependsOn": ["ref-torch"]}])
    p.say(model, TUNED, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, "supplied-by", party, "CycloneDX")


@case("evaluation")
def cyclonedx_nested(p: Project) -> None:
    """The model is the document's own subject; its ancestor has an ancestor; publisher and supplier differ."""
    model, base, first = p.model(), p.model("free"), p.model("free")
    supplier, publisher = p.party(), p.party()
    ancestor = component(base, pedigree={"ancestors": [component(first)]})
    entry = component(model, supplier={"name": supplier.name}, publisher=publisher.name, pedigree={"ancestors": [ancestor]}, modelCard={})
    bom(p, [], entry)
    p.say(model, TUNED, base, "CycloneDX")
    p.say(base, TUNED, first, "CycloneDX")
    p.say(model, "supplied-by", supplier, "CycloneDX")
    p.say(model, ("republished-by", "supplied-by", "built-by"), publisher, "CycloneDX")


@case()
def cyclonedx_dangling(p: Project) -> None:
    """A reference to something the document does not have."""
    model, base = p.model(), p.model("free")
    missing = p.thing("dataset", f"ref-{p.pick('data')}-v3", "free")
    entry = component(model, pedigree={"ancestors": [component(base)]}, modelCard={"modelParameters": {"datasets": [{"ref": missing.name}]}})
    model.gap = "free"
    if p.rng.random() < 0.5:
        bom(p, [entry], dependencies=[{"ref": entry["bom-ref"], "dependsOn": []}])
    else:
        entry["modelCard"] = {}
        bom(p, [entry], dependencies=[{"ref": entry["bom-ref"], "dependsOn": [missing.name]}])
    p.may(model, RELATIONS, missing)
    p.say(model, TUNED, base, "CycloneDX")
    p.findings.append(GAP)


@case("evaluation")
def software_bom(p: Project) -> None:
    """A bill of an ordinary program: nothing to trace."""
    bom(p, [{"type": "library", "name": name, "version": "1.0.0", "bom-ref": f"pkg:npm/{name}@1.0.0", "purl": f"pkg:npm/{name}@1.0.0"}
            for name in ("left-pad", "express", "lodash")], dependencies=[{"ref": "pkg:npm/express@1.0.0", "dependsOn": ["pkg:npm/lodash@1.0.0"]}])
    p.write("README.md", "# A web shop\n\nIt was **fine-tuned from** nothing; base_model: none of your business.\n")
    p.write("src/index.js", "console.log('hello')\n")


@case()
def dvc(p: Project) -> None:
    """dvc.lock: raw data, prepared data, model."""
    def entry(path: str) -> str:
        return f"    - path: {path}\n      hash: md5\n      md5: {p.rng.randbytes(16).hex()}\n      size: {p.rng.randrange(10**6)}\n"
    ending = p.rng.choice(("csv", "jsonl", "parquet"))
    raw = p.thing("dataset", f"data/raw.{ending}", "yes", f"raw.{ending}")
    ready = p.thing("dataset", f"data/{p.pick('data')}.{ending}")
    ready.names.append(ready.last)
    model = p.thing("model", "models/model.safetensors")
    p.weights("models/", model, mf.llama(32, 2, 128))
    p.write("src/prepare.py", "print('prepare')\n")
    p.write("src/train.py", "print('train')\n")
    p.write("dvc.lock", "schema: '2.0'\nstages:\n"
            f"  prepare:\n    cmd: python src/prepare.py\n    deps:\n{entry(raw.name)}{entry('src/prepare.py')}    outs:\n{entry(ready.name)}"
            f"  train:\n    cmd: python src/train.py\n    deps:\n{entry(ready.name)}{entry('src/train.py')}    outs:\n{entry(model.name)}")
    p.say(ready, "derived-from", raw, "dvc.lock")
    p.say(model, ("trained-on", "derived-from"), ready, "dvc.lock")
    for script, out in (("src/prepare.py", ready), ("src/train.py", model)):
        p.may(out, RELATIONS, p.thing("code", script, "free", script.split("/")[1]))


# -- datasets

@case()
def dataset_card(p: Project) -> None:
    """source_datasets and annotations_creators."""
    data = p.dataset("free")
    data.names.append(p.root.name)
    source = p.dataset(bare=p.rng.random() < 0.5)
    stated = f"extended|{source.name}" if "/" not in source.name else source.name
    labeller = p.thing("party", p.rng.choice(("crowdsourced", "expert-generated", "machine-generated")))
    p.card("", {"license": "cc-by-4.0", "annotations_creators": [labeller.name], "language_creators": ["found"], "pretty_name": data.last,
                "source_datasets": [stated], "task_categories": ["text-classification"], "size_categories": ["n<1K"]})
    data.names.append("Dataset")
    p.write("data/train.csv", "text,label\nhello,1\nbye,0\n")
    p.say(data, "derived-from", source, "dataset card")
    p.say(data, "labelled-by", labeller, "dataset card")
    p.may(data, ("collected-by",), p.thing("party", "found"))


@case("tuning")
def dataset_original(p: Project) -> None:
    """`original` is no dataset's name and `no-annotation` no labeller."""
    data = p.dataset("free")
    data.names += [p.root.name, "Dataset"]
    p.card("", {"license": "odc-by", "annotations_creators": ["no-annotation"], "pretty_name": data.last, "source_datasets": ["original"],
                "task_ids": ["language-modeling"]})
    p.write("data/train.jsonl", '{"text": "hello"}\n')


def croissant(p: Project, data: Thing, version: str, extra: dict) -> None:
    """A Croissant description whose distribution is here."""
    content = "".join(f"{p.rng.randrange(1000)},{p.rng.randrange(2)}\n" for _ in range(30))
    path = p.write("data/train.csv", "value,label\n" + content)
    context: dict[str, object] = {"@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
                                  "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
                                  "isBasedOn": {"@id": "sc:isBasedOn"}, "sha256": "cr:sha256"}
    if version == "1.1":
        context["prov"] = "http://www.w3.org/ns/prov#"
    p.json(p.rng.choice(("croissant.json", "metadata.json")), {
        "@context": context, "@type": "sc:Dataset", "conformsTo": f"http://mlcommons.org/croissant/{version}", "name": data.last,
        "url": f"https://huggingface.co/datasets/{data.name}", "license": "https://creativecommons.org/licenses/by/4.0/",
        "distribution": [{"@type": "cr:FileObject", "@id": "train.csv", "name": "train.csv", "contentUrl": "data/train.csv",
                          "encodingFormat": "text/csv", "sha256": sha256(path)}], "recordSet": [], **extra})
    data.names += [p.root.name, "data/train.csv", "train.csv"]


@case()
def croissant_10(p: Project) -> None:
    """creator, isBasedOn and the responsible-AI terms of Croissant 1.0."""
    data, source, maker, platform = p.dataset("no"), p.dataset(), p.party(), p.party()
    based: object = p.rng.choice((f"https://huggingface.co/datasets/{source.name}",
                                  {"@type": "sc:Dataset", "name": source.name, "url": f"https://huggingface.co/datasets/{source.name}"}))
    croissant(p, data, "1.0", {"creator": {"@type": p.rng.choice(("Organization", "Person")), "name": maker.name}, "isBasedOn": based,
                               "rai:dataAnnotationPlatform": [platform.name], "rai:dataAnnotationProtocol": "three labels for each item"})
    p.say(data, "derived-from", source, "Croissant 1.0")
    p.say(data, ("supplied-by", "collected-by"), maker, "Croissant 1.0")
    p.say(data, "labelled-by", platform, "Croissant 1.0")


@case()
def croissant_11(p: Project) -> None:
    """Croissant 1.1 with W3C provenance: derived from, collected by, labelled by."""
    data, source, collector, labeller = p.dataset("no"), p.dataset(), p.party(), p.party()
    activities = [
        {"@type": "prov:Activity", "@id": "#collect", "prov:type": {"@id": "https://www.wikidata.org/wiki/Q4929239"}, "prov:label": "data collection",
         "prov:wasAssociatedWith": {"@type": p.rng.choice(("prov:Agent", "prov:Organization")), "@id": "#c", "prov:label": collector.name}},
        {"@type": "prov:Activity", "@id": "#annotate", "prov:type": {"@id": "https://www.wikidata.org/wiki/Q109719325"}, "prov:label": "data annotation",
         "prov:wasAssociatedWith": {"@type": "prov:Agent", "@id": "#l", "prov:label": labeller.name}}]
    croissant(p, data, "1.1", {"prov:wasDerivedFrom": {"@id": f"https://huggingface.co/datasets/{source.name}", "prov:label": source.name},
                               "prov:wasGeneratedBy": activities})
    p.say(data, "derived-from", source, "Croissant 1.1")
    p.say(data, "collected-by", collector, "Croissant 1.1")
    p.say(data, "labelled-by", labeller, "Croissant 1.1")


@case("evaluation")
def croissant_publisher(p: Project) -> None:
    """Who made it is not who publishes it."""
    data, maker, publisher = p.dataset("free"), p.party(), p.party()
    croissant(p, data, "1.0", {"creator": [{"@type": "sc:Organization", "name": maker.name}], "publisher": {"@type": "sc:Organization", "name": publisher.name}})
    p.say(data, ("supplied-by", "collected-by"), maker, "Croissant 1.0")
    p.say(data, ("republished-by", "supplied-by"), publisher, "Croissant 1.0")


@case()
def croissant_wrong_digest(p: Project) -> None:
    """The description was written for other bytes."""
    data, maker = p.dataset("free"), p.party()
    croissant(p, data, "1.0", {"creator": {"@type": "sc:Organization", "name": maker.name}})
    p.write("data/train.csv", (p.root / "data/train.csv").read_text() + "13,1\n")
    p.may(data, ("supplied-by", "collected-by"), maker)
    p.findings.append(CONTRADICTION)


# -- several in one project

@case()
def chain(p: Project) -> None:
    """Data, a model made from it, a fine-tune of that, a quantised one of that: all here."""
    base, place = simple_model(p, True)
    data, more, test = p.dataset(), p.dataset(), p.dataset()
    p.card(place, {"license": "apache-2.0", "datasets": [data.name]}, base)
    tuned = p.model(org=base.name.split("/")[0])
    home = p.home(tuned, True)
    p.weights(home, tuned, mf.llama(32, 2, p.rng.choice((128, 136))))       # some tokens added: no contradiction
    p.config(home, _name_or_path=base.name)
    results = [{"task": {"type": "text-generation"}, "dataset": {"name": test.name, "type": test.name}, "metrics": [{"type": "exact_match", "value": 0.4}]}]
    p.card(home, {"base_model": base.name, "base_model_relation": "finetune", "datasets": [more.name],
                  "model-index": [{"name": tuned.last, "results": results}]}, tuned)
    small = p.model()
    corner = p.home(small, True)
    p.weights(corner, small, mf.gptq(mf.llama(32, 2, 128)))
    p.config(corner, quantization_config={"bits": 4, "quant_method": "gptq"})
    p.card(corner, {"base_model": tuned.name, "base_model_relation": "quantized"}, small)
    p.say(base, "trained-on", data, "model card")
    p.say(tuned, "fine-tuned-from", base, "model card")
    p.say(tuned, "trained-on", more, "model card")
    p.say(tuned, "evaluated-on", test, "model-index")
    p.say(small, "quantized-from", tuned, "model card")


def ring(p: Project, length: int) -> None:
    """Models each of which names the next as its base."""
    models = [p.model() for _ in range(length)]
    for number, model in enumerate(models):
        base = models[(number + 1) % length]
        place = p.home(model, True)
        p.weights(place, model, mf.llama(32, 2, 128))
        p.config(place)
        p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "mit"}, model)
        p.say(model, "fine-tuned-from", base, "model card")
    p.findings.append(CYCLE)


@case()
def cycle_two(p: Project) -> None:
    ring(p, 2)


@case("evaluation")
def cycle_long(p: Project) -> None:
    ring(p, p.rng.choice((3, 4, 5)))


@case("tuning")
def cycle_datasets(p: Project) -> None:
    first, second = p.dataset("free"), p.dataset("free")
    for data, source in ((first, second), (second, first)):
        p.card(f"datasets/{data.name}/", {"license": "mit", "source_datasets": [source.name], "pretty_name": data.last, "task_categories": ["other"]})
        p.write(f"datasets/{data.name}/train.csv", "a,b\n1,2\n")
        data.names.append(f"datasets/{data.name}")
        p.say(data, "derived-from", source, "dataset card")
    p.findings.append(CYCLE)


@case("evaluation")
def cycle_statements(p: Project) -> None:
    """Two files, each built from the other, by their digests."""
    models = []
    for name in ("first", "second"):
        model = p.thing("model", f"{name}/model-{name}.safetensors")
        p.weights(f"{name}/", model, mf.llama(32, 2, 128), name=f"model-{name}.safetensors")
        models.append(model)
    builder = p.thing("party", p.pick("builders"))
    for model, other in (models, models[::-1]):
        digest = sha256(p.root / other.name)
        statement(p, model.name.split("/")[0] + "/", {model.last: sha256(p.root / model.name)},
                  [{"name": other.last, "uri": f"file:{other.name}", "digest": {"sha256": digest}, "annotations": {"type": "model", "role": "base-model"}}], builder.name)
        p.say(model, TUNED, other, "SLSA v1")
        p.say(model, "built-by", builder, "SLSA v1")
    p.findings.append(CYCLE)


@case("evaluation")
def diamond(p: Project) -> None:
    """Two ways to one base: no cycle."""
    base, place = simple_model(p, True)
    data = p.dataset()
    p.card(place, {"datasets": [data.name]}, base)
    p.say(base, "trained-on", data, "model card")
    tuned = []
    for _ in range(2):
        model, home = simple_model(p, True)
        p.card(home, {"base_model": base.name, "base_model_relation": "finetune"}, model)
        p.say(model, "fine-tuned-from", base, "model card")
        tuned.append(model)
    merged, home = simple_model(p, True)
    p.card(home, {"base_model": [m.name for m in tuned], "base_model_relation": "merge"}, merged)
    for model in tuned:
        p.say(merged, "merged-from", model, "model card")


@case()
def no_origin(p: Project) -> None:
    """Weights, a configuration and a card that says nothing of where they are from."""
    model, place = simple_model(p)
    model.gap = "yes"
    if p.rng.random() < 0.7:
        p.card(place, {"license": "mit", "language": "en", "pipeline_tag": "text-generation"}, model)
    p.findings.append(GAP)


def local_pair(p: Project, base_tensors: mf.Tensors, tensors: mf.Tensors, architecture: str = "LlamaForCausalLM", base_architecture: str = "LlamaForCausalLM") -> None:
    """A base that is here, and a model whose card claims to be a fine-tune of it."""
    base, model, data = p.model(), p.model(), p.dataset()
    place, home = p.home(base, True), p.home(model, True)
    p.weights(place, base, base_tensors)
    p.config(place, base_architecture)
    p.card(place, {"datasets": [data.name], "license": "mit"}, base)
    p.weights(home, model, tensors)
    p.config(home, architecture)
    p.card(home, {"base_model": base.name, "base_model_relation": "finetune", "license": "mit"}, model)
    p.say(base, "trained-on", data, "model card")
    p.say(model, "fine-tuned-from", base, "model card")


@case()
def weights_otherwise(p: Project) -> None:
    """The claimed base is another kind of network, or of another size."""
    if p.half == "evaluation" and p.rng.random() < 0.5:
        local_pair(p, mf.llama(32, 2, 128), mf.llama(48, 5, 160))
    else:
        local_pair(p, mf.bert(32, 2, 128), mf.llama(32, 2, 128), base_architecture="BertModel")
    p.findings.append(CONTRADICTION)


@case()
def weights_alike(p: Project) -> None:
    """A head, another prefix, another type, tied embeddings: a fine-tune all the same."""
    pick = p.rng.randrange(2 if p.half == "tuning" else 4)
    if pick == 0:
        local_pair(p, mf.llama(32, 2, 128), mf.llama(32, 2, 128, "F16", head=False))
    elif pick == 1:
        local_pair(p, mf.bert(32, 2, 128, prefix=""), mf.bert(32, 2, 128, classes=3), "BertForSequenceClassification", "BertModel")
    elif pick == 2:
        local_pair(p, mf.llama(32, 2, 128), {**mf.llama(32, 2, 144, "F32", head=False), "score.weight": ("F32", (4, 32))}, "LlamaForSequenceClassification")
    else:
        local_pair(p, mf.llama(32, 2, 128), mf.llama(32, 2, 128, prefix="language_model.model."), "LlavaForConditionalGeneration")


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
    """Write the projects; each kind in turn."""
    order = sorted(CASES[half])
    random.Random(HALVES[half]).shuffle(order)
    projects = []
    for number in range(count):
        kind = order[number % len(order)]
        project = Project(out / f"{number:03d}" / "project", half, random.Random(f"{half}-{HALVES[half]}-{number}"), kind)
        project.root.mkdir(parents=True)
        CASES[half][kind](project)
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
        hits = {i for i, e in enumerate(p.edges) if relation in e.relations and e.start in start and e.end in end}
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
            if b'"payload"' in data:
                texts.append(base64.b64decode(json.loads(data)["payload"]).decode())
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
            elif path.suffix == ".json":
                json.loads(path.read_text())
            elif path.suffix == ".gguf" and path.read_bytes()[:4] != b"GGUF":
                wrong.append(f"{path}: no GGUF")
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
    kinds = {half: set(cases) for half, cases in CASES.items()}
    for pool in WORDS["tuning"]:
        if pool != "builders" and {w.lower() for w in WORDS["tuning"][pool]} & {w.lower() for w in WORDS["evaluation"][pool]}:
            wrong.append(f"the halves share names: {pool}")
    print(f"kinds of project: {len(kinds['tuning'] & kinds['evaluation'])} in both halves, {len(kinds['tuning'] - kinds['evaluation'])} in tuning, "
          f"{len(kinds['evaluation'] - kinds['tuning'])} in evaluation alone")
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
    parser.add_argument("--projects", type=int, default=60, help="how many (default 60)")
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
