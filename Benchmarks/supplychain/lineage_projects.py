"""Projects whose lineage is known: the kinds that the tuning half has, and those that both halves have.

Read by lineage.py; lineage_evaluation.py has the kinds of the evaluation half alone.
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

RELATIONS = ("fine-tuned-from", "adapter-of", "merged-from", "quantized-from", "distilled-from", "derived-from", "trained-on",
             "evaluated-on", "labelled-by", "collected-by", "built-by", "supplied-by", "republished-by")
TUNED = ("fine-tuned-from", "derived-from")
ANY_ORIGIN = ("fine-tuned-from", "derived-from", "adapter-of", "merged-from", "quantized-from", "distilled-from")
PARTY_RELATIONS = ("supplied-by", "republished-by", "built-by", "collected-by")
CYCLE, GAP, CONTRADICTION = "CORDON-PRV-001", "CORDON-PRV-002", "CORDON-PRV-003"
HALVES = {"tuning": ("first", "second", "third", "fourth", "fifth", "sixth"), "evaluation": ("evaluation",)}
PARTS = {"first": ("tuning", 2611), "second": ("evaluation", 9043), "third": ("lineage", 57163), "fourth": ("graph", 80611), "fifth": ("origin", 33029), "sixth": ("source", 71993), "evaluation": ("trace", 48271)}    # a label and a seed
TIME_LIMIT = 60

WORDS = {
    "first": {
        "orgs": ("acme-ai", "northlake", "BlueHeron", "kestrel-labs", "UniTartu", "openmeadow", "Lindqvist", "stonebridge-ml"),
        "models": ("Summit", "heron", "Meridian", "larkspur", "Tundra", "Basalt", "quill", "Harbor", "Juniper", "Saffron", "ember", "Cobalt"),
        "data": ("street-signs", "clinic-notes", "OpenForum", "recipe-steps", "court-rulings", "night-sky", "parcel-photos", "helpdesk-qa"),
        "parties": ("Tallinn Annotation Co-op", "Northlake University", "LabelHouse GmbH", "Riverside Hospital", "Ana Petrov"),
        "builders": ("https://ci.northlake.example/runners/gpu", "https://github.com/actions/runner/github-hosted"),
    },
    "second": {
        "orgs": ("zephyrine", "Kogane-Research", "delta_nine", "PampasLab", "institut-b", "WolframSohn", "coral.works", "mbeki-nlp"),
        "models": ("Orchid", "falken", "Nimbus", "cassava", "Vega", "Granite9", "otter", "Pelican", "Monsoon", "Thistle", "ferro", "Halcyon"),
        "data": ("bird-calls", "tax-letters", "WikiSteps", "harvest-images", "dialect-pairs", "sensor-logs", "book-reviews", "math-proofs"),
        "parties": ("Accra Data Workers", "Kogane Institute", "Etiket S.A.", "County Archive", "Jo Brightwater"),
        "builders": ("https://builder.kogane.example/tekton", "https://gitlab.com/gitlab-org/gitlab-runner"),
    },
    "third": {
        "orgs": ("tidewater-ml", "Ostrava-NLP", "quartz_lab", "SaoBentoAI", "haikal", "Verdigris-Research", "moss.systems", "nightjar-ai"),
        "models": ("Cinder", "lumen", "Pinnace", "sorrel", "Axiom", "bramble", "Quasar", "Tamarind", "osprey", "Dorado", "marlin", "Zenith"),
        "data": ("radio-logs", "menu-cards", "LegalBriefs", "crop-scans", "idiom-pairs", "tide-gauges", "film-plots", "code-puzzles", "mail-intents", "VoiceMemos"),
        "parties": ("Kigali Labelling Cooperative", "Ostrava Technical Library", "Marca Dados Ltda", "Harbour Trust Clinic", "Noor Haddad", "Penrose Data Office"),
        "builders": ("https://ci.tidewater.example/agents/a100", "https://builds.moss.example/chains/v2"),
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
    instead: Thing | None = None            # the edge may start here as well

    def starts(self, things: list[Thing]) -> bool:
        return self.start in things or self.instead in things


@dataclass
class Project:
    """A folder and what is true of it."""
    root: Path
    part: str
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
        """A word of the part's that the project has not used."""
        while True:
            word = self.rng.choice(WORDS[self.part][pool])
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

    def say(self, start: Thing, relations: str | tuple[str, ...], end: Thing, carrier: str, instead: Thing | None = None) -> None:
        accepted = (relations,) if isinstance(relations, str) else relations
        self.edges.append(Edge(start, accepted, end, carrier, instead))

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
CASES: dict[str, dict[str, Case]] = {part: {} for part in PARTS}


def case(*parts: str) -> Callable[[Case], Case]:
    """Put a kind of project into the parts named, or into all."""
    def register(function: Case) -> Case:
        for part in parts or tuple(PARTS):
            CASES[part][function.__name__] = function
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


@case("second")
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


@case("first")
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


@case("second")
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
    style = "models" if p.part == "first" else p.rng.choice(("slices", "models"))
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


@case("second")
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


@case("second")
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


@case("second")
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


@case("second")
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


@case("first")
def slsa_card_contradiction(p: Project) -> None:
    """Card and statement name different bases."""
    model, place = simple_model(p)
    said, built = p.model(), p.model()
    builder = p.thing("party", p.pick("builders"))
    statement(p, place, {"model.safetensors": sha256(p.root / f"{place}model.safetensors")}, [named_material(p, built, "base")], builder.name)
    p.card(place, {"base_model": said.name, "base_model_relation": "finetune"}, model)
    p.say(model, "built-by", builder, "SLSA v1")
    contradiction(p, model, said, built)


@case("second")
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
    listed: dict = {"ref": component(data)["bom-ref"]} if p.part != "first" else {"type": "dataset", "name": data.name}
    entry = component(model, version="1.2", supplier={"name": party.name}, pedigree={"ancestors": [component(base)]},
                      modelCard={"modelParameters": {"task": "text-generation", "datasets": [listed]}})
    components = [entry, {"type": "library", "name": "torch", "version": "2.4.0", "bom-ref": "ref-torch", "purl": "pkg:pypi/torch@2.4.0"}]
    if "ref" in listed:
        components.append(component(data, "data", data=[{"type": "dataset", "name": data.name}]))
    bom(p, components, dependencies=[{"ref": entry["bom-ref"], "dependsOn": ["ref-torch"]}])
    p.say(model, TUNED, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, "supplied-by", party, "CycloneDX")


@case("second")
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


@case("second")
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
        digest, size = p.rng.randbytes(16).hex(), p.rng.randrange(10**6)
        if p.part == "evaluation" and (p.root / path).exists():
            content = (p.root / path).read_bytes()
            digest, size = hashlib.md5(content).hexdigest(), len(content)
        return f"    - path: {path}\n      hash: md5\n      md5: {digest}\n      size: {size}\n"
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


@case("first")
def dataset_original(p: Project) -> None:
    """`original` is no dataset's name and `no-annotation` no labeller."""
    data = p.dataset("free")
    data.names += [p.root.name, "Dataset"]
    p.card("", {"license": "odc-by", "annotations_creators": ["no-annotation"], "pretty_name": data.last, "source_datasets": ["original"],
                "task_ids": ["language-modeling"]})
    p.write("data/train.jsonl", '{"text": "hello"}\n')


def croissant(p: Project, data: Thing, version: str, extra: dict, place: str = "", name: str = "") -> None:
    """A Croissant description; its distribution is here unless another is given."""
    if "distribution" not in extra:
        content = "".join(f"{p.rng.randrange(1000)},{p.rng.randrange(2)}\n" for _ in range(30))
        path = p.write(f"{place}data/train.csv", "value,label\n" + content)
        extra = {"distribution": [{"@type": "cr:FileObject", "@id": "train.csv", "name": "train.csv", "contentUrl": "data/train.csv",
                                   "encodingFormat": "text/csv", "sha256": sha256(path)}], "recordSet": [], **extra}
    context: dict[str, object] = {"@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
                                  "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
                                  "isBasedOn": {"@id": "sc:isBasedOn"}, "sha256": "cr:sha256"}
    if version == "1.1":
        context["prov"] = "http://www.w3.org/ns/prov#"
    p.json(place + (name or p.rng.choice(("croissant.json", "metadata.json"))), {
        "@context": context, "@type": "sc:Dataset", "conformsTo": f"http://mlcommons.org/croissant/{version}", "name": data.last,
        "url": f"https://huggingface.co/datasets/{data.name}", "license": "https://creativecommons.org/licenses/by/4.0/", **extra})
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


@case("second")
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


@case("second")
def cycle_long(p: Project) -> None:
    ring(p, p.rng.choice((3, 4, 5)))


@case("first")
def cycle_datasets(p: Project) -> None:
    first, second = p.dataset("free"), p.dataset("free")
    for data, source in ((first, second), (second, first)):
        p.card(f"datasets/{data.name}/", {"license": "mit", "source_datasets": [source.name], "pretty_name": data.last, "task_categories": ["other"]})
        p.write(f"datasets/{data.name}/train.csv", "a,b\n1,2\n")
        data.names.append(f"datasets/{data.name}")
        p.say(data, "derived-from", source, "dataset card")
    p.findings.append(CYCLE)


@case("second")
def cycle_statements(p: Project) -> None:
    """Two files, each built from the other, by their digests."""
    models = []
    for name in ("first", "second"):
        model = p.thing("model", f"{name}/model-{name}.safetensors", "no", name)
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


@case("second")
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
    if p.part != "first" and p.rng.random() < 0.5:
        local_pair(p, mf.llama(32, 2, 128), mf.llama(48, 5, 160))
    else:
        local_pair(p, mf.bert(32, 2, 128), mf.llama(32, 2, 128), base_architecture="BertModel")
    p.findings.append(CONTRADICTION)


@case()
def weights_alike(p: Project) -> None:
    """A head, another prefix, another type, tied embeddings: a fine-tune all the same."""
    pick = p.rng.randrange(2 if p.part == "first" else 4)
    if pick == 0:
        local_pair(p, mf.llama(32, 2, 128), mf.llama(32, 2, 128, "F16", head=False))
    elif pick == 1:
        local_pair(p, mf.bert(32, 2, 128, prefix=""), mf.bert(32, 2, 128, classes=3), "BertForSequenceClassification", "BertModel")
    elif pick == 2:
        local_pair(p, mf.llama(32, 2, 128), {**mf.llama(32, 2, 144, "F32", head=False), "score.weight": ("F32", (4, 32))}, "LlamaForSequenceClassification")
    else:
        local_pair(p, mf.llama(32, 2, 128), mf.llama(32, 2, 128, prefix="language_model.model."), "LlavaForConditionalGeneration")


# -- kinds of the third part, which was an evaluation half once

def hub(name: str, dataset: bool = False) -> str:
    """The address of a model or dataset on the hub."""
    return f"https://huggingface.co/{'datasets/' if dataset else ''}{name}"


def prose(p: Project, place: str, model: Thing, text: str, front: tuple[str, ...] = ("license: apache-2.0",)) -> None:
    """A card with text that matters."""
    p.write(f"{place}README.md", "\n".join(["---", *front, "---", "", f"# {model.last}", "", text, ""]))


@case("third")
def card_by_hand(p: Project) -> None:
    """YAML as it may be written: comments, an alias, folded text, quoted keys, flow lists over several lines."""
    model, place = simple_model(p)
    base, data, more = p.model("yes"), p.dataset(), p.dataset()
    other = f"{p.pick('orgs')}/{p.pick('models')}-7b"
    folded = ["description: >-", "  A model for everyday use. Older releases said", f"  base_model: {other}", "  and that is no longer so."]
    said, listed = p.rng.choice((
        (["x-start: &start " + base.name, "base_model: *start"], ["datasets:", f"- {data.name}  # first stage", f"- '{more.name}'"]),
        (["base_model: >-", f"  {base.name}"], ["datasets: [", f"  {data.name},", f"  \"{more.name}\"", "]"]),
        ([f"\"base_model\": '{base.name}'  # see below"], ["datasets:", "# two stages", "", f"    - {data.name}", f"    - {more.name}"]),
        ([f"base_model: [ \"{base.name}\", ]"], [f"datasets: ['{data.name}', {more.name}]   # all of it"])))
    p.write(f"{place}README.md", "\n".join(["---", "# our card", *folded, *said, "license: mit  # base_model: none", *listed, "---", "",
                                            f"# {model.last}", "", "---", f"base_model: {other}", "---", ""]))
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "trained-on", more, "model card")


@case("third")
def card_new_version(p: Project) -> None:
    """new_version names what came after, which is no origin."""
    model, place = simple_model(p)
    base = p.model("yes")
    later = f"{model.name}-v3"
    p.card(place, {"license": "mit", "new_version": later, "base_model": base.name, "base_model_relation": "finetune"}, model)
    p.say(model, "fine-tuned-from", base, "model card")


@case("third")
def card_trainer(p: Project) -> None:
    """What Trainer, TRL and sentence-transformers write into the text, and nothing in the front matter."""
    model, place = simple_model(p)
    base, pick = p.model("yes"), p.rng.randrange(5)
    link = f"[{base.name}]({hub(base.name)})"
    data = p.dataset() if pick < 3 else None
    name = data.name if data else ""
    text = (f"This model is a fine-tuned version of {link} on the {name} dataset.\nIt achieves the following results on the evaluation set:\n- Loss: 0.4",
            f"This model is a fine-tuned version of {link} on the [{name}]({hub(name, True)}) dataset.\n"
            "It has been trained using [TRL](https://github.com/huggingface/trl).",
            f"This is a [sentence-transformers](https://www.SBERT.net) model finetuned from {link} on the [{name}]({hub(name, True)}) dataset. "
            "It maps sentences to a vector space.",
            f"This model is a fine-tuned version of {link} on an unknown dataset.",
            f"This model is a fine-tuned version of {link} on the None dataset.")[pick]
    prose(p, place, model, text + "\n\n## Training procedure\n\n- learning_rate: 2e-05\n- seed: 42\n", ("license: apache-2.0", "tags:", "- generated_from_trainer"))
    p.say(model, TUNED, base, "model card")
    if data:
        p.say(model, "trained-on", data, "model card")


@case("third")
def card_template(p: Project) -> None:
    """The lines of the hub's template, or of those who copy it."""
    model, place = simple_model(p)
    base, party = p.model("yes"), p.party()
    line = p.rng.choice((f"- **Finetuned from model [optional]:** [{base.name}]({hub(base.name)})", f"- **Finetuned from model :** {base.name}",
                         f"- **Finetuned from model:** `{base.name}`"))
    prose(p, place, model, f"## Model Details\n\n- **Developed by:** {party.name}\n- **Model type:** causal language model\n"
                           f"- **Language(s) (NLP):** English\n- **License:** Apache 2.0\n{line}\n")
    p.say(model, TUNED, base, "model card")
    p.may(model, PARTY_RELATIONS, party)


@case("third")
def card_table(p: Project) -> None:
    """A table of what the model was made from."""
    model, place = simple_model(p)
    base, data = p.model("yes"), p.dataset()
    prose(p, place, model, "| | |\n|---|---|\n| Parameters | 7 B |\n"
                           f"| Base model | [{base.name}]({hub(base.name)}) |\n| Training data | [{data.name}]({hub(data.name, True)}) |\n| Licence | MIT |\n")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("third")
def card_compared(p: Project) -> None:
    """Other models are named in the text: compared, used in an example, recommended. None is an origin."""
    model, place = simple_model(p)
    data = p.dataset()
    first, second = (f"{p.pick('orgs')}/{p.pick('models')}-7b" for _ in range(2))
    prose(p, place, model, f"Trained from random weights. It is smaller than [{first}]({hub(first)}) and scores higher.\n\n"
                           f"| Model | Accuracy |\n|---|---|\n| **{model.last}** | 71.2 |\n| [{first}]({hub(first)}) | 69.9 |\n| {second} | 64.0 |\n\n"
                           f"For longer texts use [{second}]({hub(second)}).\n\n```yaml\n# how to fine-tune another model the same way\nbase_model: {second}\n"
                           "datasets:\n  - path: my/data\n```\n", ("license: mit", "datasets:", f"- {data.name}"))
    p.say(model, "trained-on", data, "model card")


@case("third")
def card_scores(p: Project) -> None:
    """Results on several sets, one of them twice, with the fields leaderboards add."""
    model, place = simple_model(p)
    tests = [p.dataset() for _ in range(3)]
    train = p.dataset()
    results = []
    for test in [*tests, tests[0]]:
        dataset: dict[str, object] = {"name": test.name, "type": test.name, "config": "default", "split": "test"}
        if p.rng.random() < 0.5:
            dataset["revision"] = p.rng.randbytes(20).hex()
        if p.rng.random() < 0.5:
            dataset["args"] = {"num_few_shot": 5}
        results.append({"task": {"type": "text-generation", "name": "Text Generation"}, "dataset": dataset,
                        "metrics": [{"type": "acc", "value": round(p.rng.random(), 3), "name": "accuracy", "verified": False}],
                        "source": {"name": "Leaderboard", "url": "https://huggingface.co/spaces/example/leaderboard"}})
    p.card(place, {"datasets": [train.name], "license": "mit", "metrics": ["accuracy"], "model-index": [{"name": model.last, "results": results}]}, model)
    p.say(model, "trained-on", train, "model card")
    for test in tests:
        p.say(model, "evaluated-on", test, "model-index")


@case("third")
def eval_results(p: Project) -> None:
    """The hub's newer form: results in a folder of their own."""
    model, place = simple_model(p)
    base, test = p.model("yes"), p.dataset("free")
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune"}, model)
    p.write(f"{place}.eval_results/{test.last.lower()}.yaml", f"- dataset:\n    id: {test.name}\n    task_id: default\n  value: 20.9\n  date: \"2026-01-15\"\n"
                                                              "  source:\n    url: https://example.com/report\n    name: Report\n")
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "evaluated-on", test, "model card")


@case("third")
def card_merge_text(p: Project) -> None:
    """A merge whose front matter lists no base; the text does, as the merging tool writes it."""
    model, place = simple_model(p)
    bases = [p.model("yes") for _ in range(2)]
    target = p.model("yes")
    front = p.rng.choice((("base_model: []", "library_name: transformers", "tags:", "- mergekit", "- merge"), ("tags: [mergekit, merge]",)))
    listed = "\n".join(f"* [{base.name}]({hub(base.name)})" for base in bases)
    prose(p, place, model, "This is a merge of pre-trained language models created using [mergekit](https://github.com/cg123/mergekit).\n\n"
                           "## Merge Details\n### Merge Method\n\nThis model was merged using the [TIES](https://arxiv.org/abs/2306.01708) merge method "
                           f"using [{target.name}]({hub(target.name)}) as a base.\n\n### Models Merged\n\n"
                           f"The following models were included in the merge:\n{listed}\n", front)
    for base in bases:
        p.say(model, ("merged-from", "derived-from"), base, "model card")
    p.say(model, ("merged-from", *TUNED), target, "model card")


@case("third")
def dataset_sources(p: Project) -> None:
    """Several sources and labellers, among them words that are neither."""
    data = p.dataset("free")
    data.names += [p.root.name, "Dataset"]
    first, second = p.dataset(), p.dataset(bare=True)
    pick = p.rng.randrange(3)
    labellers = [p.thing("party", name) for name in (("expert-generated", "crowdsourced"), ("machine-generated",), ())[pick]]
    sources = [["original", f"extended|{first.name}", f"extended|{second.name}"], [first.name, second.name], f"extended|{first.name}"][pick]
    if pick == 2:
        p.things.remove(second)
    fields: dict[str, object] = {"pretty_name": data.last, "annotations_creators": [t.name for t in labellers] or ["no-annotation"],
                                 "source_datasets": sources, "language": ["en"], "license": ["cc-by-4.0"], "task_categories": ["text-classification"],
                                 "configs": [{"config_name": "default", "data_files": "data/*.csv"}]}
    p.card("", fields, body=f"Not to be confused with {p.pick('orgs')}/{p.pick('data')}.")
    p.write("data/train.csv", "text,label\nhello,1\nbye,0\n")
    for source in [first, second][:1 if pick == 2 else 2]:
        p.say(data, "derived-from", source, "dataset card")
    for labeller in labellers:
        p.say(data, "labelled-by", labeller, "dataset card")


def cached(name: str, revision: str) -> str:
    """Where the hub's library keeps a repository."""
    return f"/root/.cache/huggingface/hub/models--{name.replace('/', '--')}/snapshots/{revision}"


@case("third")
def config_cache(p: Project) -> None:
    """The configuration names the base by its place in the hub's cache; a card may name it too, which is no contradiction."""
    base = p.model("yes")
    where = cached(base.name, p.rng.randbytes(20).hex())
    base.names.append(where)
    carded = p.rng.random() < 0.5
    if p.rng.random() < 0.5:
        model, place = simple_model(p, _name_or_path=where)
        relations: tuple[str, ...] = TUNED
    else:
        model = p.model()
        place = p.home(model, False)
        p.weights(place, model, mf.lora(mf.llama(32, 2, 128), 8), name="adapter_model.safetensors")
        p.json(f"{place}adapter_config.json", {"base_model_name_or_path": where, "peft_type": "LORA", "r": 8, "task_type": "CAUSAL_LM"})
        relations = ("adapter-of",)
    if carded:
        p.card(place, {"base_model": base.name, "license": "mit"}, model)
    p.say(model, relations, base, "configuration")


@case("third")
def config_halves(p: Project) -> None:
    """An encoder from one model, a decoder from another."""
    model = p.model()
    place = p.home(model, False)
    first, second = p.model("free"), p.model("free")
    p.weights(place, model, {**mf.bert(32, 2, 128, prefix="encoder."), **mf.bert(32, 2, 128, prefix="decoder.bert.")})
    p.json(f"{place}config.json", {"architectures": ["EncoderDecoderModel"], "model_type": "encoder-decoder", "is_encoder_decoder": True,
                                   "encoder": {"_name_or_path": first.name, "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2},
                                   "decoder": {"_name_or_path": second.name, "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "is_decoder": True}})
    p.say(model, ("merged-from", *TUNED), first, "configuration")
    p.say(model, ("merged-from", *TUNED), second, "configuration")


@case("third")
def config_old_name(p: Project) -> None:
    """A base by a name from before the hub had owners, the same in both places."""
    base = p.thing("model", f"{p.pick('models').lower()}-{p.rng.choice(('base-uncased', 'small-cased', 'large'))}", "yes")
    model, place = simple_model(p, _name_or_path=base.name)
    p.card(place, {"license": "mit", "base_model": base.name, "base_model_relation": "finetune"}, model)
    p.say(model, "fine-tuned-from", base, "model card")


@case("third")
def pipeline_index(p: Project) -> None:
    """A pipeline of several parts, whose index names where it is from."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, False)
    p.json(f"{place}model_index.json", {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.3", "_name_or_path": base.name,
                                        "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]})
    for part, kind in (("unet", "UNet2DConditionModel"), ("vae", "AutoencoderKL")):
        p.weights(f"{part}/", model, mf.convolutions(8, 2), name="diffusion_pytorch_model.safetensors")
        p.json(f"{part}/config.json", {"_class_name": kind, "_diffusers_version": "0.30.3", "block_out_channels": [8, 8]})
        model.names.append(part)
    p.say(model, TUNED, base, "configuration")


@case("third")
def adapter_revision(p: Project) -> None:
    """The adapter pins a revision of its base, the card does not: the same base."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, False)
    p.weights(place, model, mf.lora(mf.llama(32, 2, 128), 8), name="adapter_model.safetensors")
    revision = p.rng.choice((p.rng.randbytes(20).hex(), "refs/pr/7", "v1.1"))
    p.json(f"{place}adapter_config.json", {"auto_mapping": None, "base_model_name_or_path": base.name, "revision": revision,
                                          "peft_type": p.rng.choice(("LORA", "LOHA")), "inference_mode": True, "r": 8, "task_type": "CAUSAL_LM"})
    p.card(place, {"base_model": base.name, "library_name": "peft", "tags": [f"base_model:adapter:{base.name}", "lora"]}, model)
    p.say(model, "adapter-of", base, "configuration")


@case("third")
def adapter_several(p: Project) -> None:
    """Adapters in folders of one project, each with a base of its own."""
    for name in p.rng.sample(("sql-lora", "chat-lora", "summary-lora", "legal-lora"), 2):
        base = p.model("yes")
        model = p.thing("model", name)
        p.weights(f"{name}/", model, mf.lora(mf.llama(32, 2, 128), 4), name="adapter_model.safetensors")
        model.names.remove("adapter_model.safetensors")
        model.names.append(f"adapters/{name}")
        p.json(f"{name}/adapter_config.json", {"base_model_name_or_path": base.name, "peft_type": "LORA", "r": 4, "target_modules": ["q_proj", "v_proj"]})
        p.say(model, "adapter-of", base, "configuration")


@case("third")
def adapter_misfit(p: Project) -> None:
    """The base is here and narrower than the adapter's matrices."""
    base, place = simple_model(p, True)
    data = p.dataset()
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    model = p.model()
    home = p.home(model, True)
    p.weights(home, model, mf.lora(mf.llama(64, 2, 128), 4), name="adapter_model.safetensors")
    p.json(f"{home}adapter_config.json", {"base_model_name_or_path": base.name, "peft_type": "LORA", "r": 4, "target_modules": ["q_proj", "v_proj"]})
    p.card(home, {"base_model": base.name, "base_model_relation": "adapter", "library_name": "peft"}, model)
    p.say(base, "trained-on", data, "model card")
    p.say(model, "adapter-of", base, "configuration")
    p.findings.append(CONTRADICTION)


@case("third")
def mergekit_slerp(p: Project) -> None:
    """Two models layer by layer, one of them called the base."""
    model, place = simple_model(p)
    first, second = p.model("yes"), p.model("yes")
    p.write(f"{place}mergekit_config.yml", f"""\
slices:
- sources:
  - model: {first.name}
    layer_range: [0, 2]
  - model: {second.name}   # the other half
    layer_range:
    - 0
    - 2
merge_method: slerp
base_model: "{first.name}"
parameters:
  t:
  - filter: self_attn
    value: [0, 0.5, 0.3, 0.7, 1]
  - value: 0.5
tokenizer:
  source: {p.rng.choice(('union', 'base'))}
dtype: bfloat16
""")
    p.say(model, "merged-from", second, "mergekit")
    p.say(model, ("merged-from", *TUNED), first, "mergekit")


@case("third")
def mergekit_moe(p: Project) -> None:
    """Experts behind a gate."""
    model, place = simple_model(p)
    base, experts = p.model("yes"), [p.model("yes") for _ in range(2)]
    p.write(f"{place}mergekit_moe_config.yml", f"base_model: {base.name}\ngate_mode: hidden\ndtype: bfloat16\nexperts:\n" + "".join(
        f"  - source_model: {expert.name}\n    positive_prompts:\n      - \"write in the style of {p.pick('models')}\"\n      - 'model: none'\n" for expert in experts))
    p.say(model, ("merged-from", *TUNED), base, "mergekit")
    for expert in experts:
        p.say(model, "merged-from", expert, "mergekit")


@case("third")
def mergekit_special(p: Project) -> None:
    """A model stacked on itself, or one with an adapter added."""
    model = p.model()
    place = p.home(model, False)
    p.weights(place, model, mf.llama(32, 4, 128))
    p.config(place)
    if p.rng.random() < 0.5:
        base = p.model("yes")
        p.write(f"{place}mergekit_config.yml", "dtype: bfloat16\nmerge_method: passthrough\nslices:\n" + "".join(
            f"- sources:\n  - layer_range: {layers}\n    model: {base.name}\n" for layers in ("[0, 2]", "[1, 3]")))
        p.say(model, ("merged-from", *TUNED), base, "mergekit")
    else:
        base, extra, other = p.model("yes"), p.model("free"), p.model("yes")
        p.write(f"{place}mergekit_config.yml", f"models:\n  - model: {base.name}+{extra.name}\n    parameters:\n      weight: 1.0\n"
                                               f"  - model: {other.name}\n    parameters:\n      weight: 0.3\nmerge_method: linear\ndtype: float16\n")
        p.say(model, ("merged-from", *TUNED), base, "mergekit")
        p.say(model, "merged-from", other, "mergekit")
        p.say(model, ("merged-from", "derived-from", "adapter-of"), extra, "mergekit")


def gguf_header(p: Project, model: Thing, others: dict[str, object]) -> dict[str, object]:
    """The fields that every file has, and others."""
    return {"general.architecture": "llama", "general.type": "model", "general.name": model.last, "general.file_type": 7, "general.quantization_version": 2,
            "llama.block_count": 2, "llama.embedding_length": 64, "llama.attention.head_count": 4, "llama.context_length": 2048,
            "llama.feed_forward_length": 128, **others}


@case("third")
def gguf_source(p: Project) -> None:
    """A conversion of one model, which names that one's base as well: the card names the source, and nothing contradicts."""
    model, source, base = p.model(), p.model("free"), p.model("yes")
    place = p.home(model, False)
    converter = p.thing("party", p.pick("orgs"), "free")
    name = f"{model.last}.Q8_0.gguf"
    key = p.rng.choice(("general.source.repo_url", "general.source.url"))
    org, _, last = base.name.partition("/")
    metadata = gguf_header(p, model, {key: hub(source.name), "general.base_model.count": 1, "general.base_model.0.name": last.replace("-", " "),
                                      "general.base_model.0.organization": org, "general.base_model.0.repo_url": hub(base.name),
                                      "general.quantized_by": converter.name, "quantize.imatrix.entries_count": 12})
    base.names += [last.replace("-", " "), f"{org}/{last.replace('-', ' ')}"]
    mf.gguf(p.root / f"{place}{name}", metadata, mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [name, name.removesuffix(".gguf")]
    p.card(place, {"base_model": source.name, "base_model_relation": "quantized", "license": "mit"}, model)
    p.say(model, "quantized-from", source, "model card")
    p.say(model, ("quantized-from", *TUNED), base, "GGUF", source)
    p.say(model, ("built-by", "supplied-by", "republished-by"), converter, "GGUF")


@case("third")
def gguf_converted(p: Project) -> None:
    """Nothing but the repository it was converted from."""
    model, source = p.model(), p.model("yes")
    place = p.home(model, False)
    name = f"{model.last}-F16.gguf"
    mf.gguf(p.root / f"{place}{name}", gguf_header(p, model, {"general.source.url": hub(source.name), "general.source.repo_url": hub(source.name),
                                                              "general.tags": ["text-generation", "en"]}),
            mf.llama_gguf(64, 2, 128), False, p.rng.randrange(1 << 30))
    model.names += [name, name.removesuffix(".gguf")]
    p.say(model, ("quantized-from", *TUNED), source, "GGUF")


@case("third")
def gguf_split(p: Project) -> None:
    """One model in two files; what it is made from is in the first."""
    model, bases, data = p.model(), [p.model("yes") for _ in range(2)], p.dataset()
    place = p.home(model, False)
    fields: dict[str, object] = {"general.base_model.count": 2, "general.dataset.count": 1}
    for kind, things in (("base_model", bases), ("dataset", [data])):
        for number, thing in enumerate(things):
            org, _, last = thing.name.partition("/")
            fields |= {f"general.{kind}.{number}.name": last, f"general.{kind}.{number}.organization": org, f"general.{kind}.{number}.version": "v1.0",
                       f"general.{kind}.{number}.repo_url": hub(thing.name, kind == "dataset")}
    tensors = mf.llama_gguf(64, 2, 128)
    names = list(tensors)
    for number, part in enumerate((names[:6], names[6:])):
        file = f"{model.last}-Q8_0-{number + 1:05}-of-00002.gguf"
        split = {"split.no": mf.U16(number), "split.count": mf.U16(2), "split.tensors.count": mf.I32(len(names))}
        mf.gguf(p.root / f"{place}{file}", {**(gguf_header(p, model, fields) if not number else {"general.architecture": "llama"}), **split},
                {name: tensors[name] for name in part}, True, p.rng.randrange(1 << 30))
        model.names += [file, file.removesuffix(".gguf"), f"{model.last}-Q8_0", f"{model.last}-Q8_0.gguf"]
    for base in bases:
        p.say(model, ("quantized-from", "merged-from", *TUNED), base, "GGUF")
    p.say(model, "trained-on", data, "GGUF")


@case("third")
def safetensors_webui(p: Project) -> None:
    """The recipe that a checkpoint merger leaves in the header."""
    model = p.model()
    place = p.home(model, False)
    bases = [p.thing("model", f"{p.pick('models')}_v{n}.safetensors", "yes") for n in (2, 4)]
    hashes = [p.rng.randbytes(32).hex() for _ in bases]
    for base in bases:
        base.names.append(base.name.removesuffix(".safetensors"))
    p.weights(place, model, mf.convolutions(8, 2), {
        "format": "pt", "sd_merge_recipe": json.dumps({"type": "webui", "primary_model_hash": hashes[0], "secondary_model_hash": hashes[1],
                                                       "tertiary_model_hash": None, "interp_method": "Weighted sum", "multiplier": 0.4, "save_as_half": True,
                                                       "custom_name": model.last}),
        "sd_merge_models": json.dumps({digest: {"name": base.name, "legacy_hash": digest[:8], "sd_merge_recipe": None} for base, digest in zip(bases, hashes)})},
        name=f"{model.last}.safetensors")
    for base in bases:
        p.say(model, ("merged-from", "derived-from"), base, "safetensors")


# statements in other wrappings and places

def sealed(p: Project, body: dict) -> dict:
    """An envelope nobody's key vouches for."""
    return {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(json.dumps(body).encode()).decode(),
            "signatures": [{"keyid": "", "sig": base64.b64encode(p.rng.randbytes(71)).decode()}]}


def bundle(p: Project, body: dict) -> dict:
    """A Sigstore bundle."""
    return {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {"certificate": {"rawBytes": base64.b64encode(p.rng.randbytes(300)).decode()}, "tlogEntries": [], "timestampVerificationData": {}},
            "dsseEnvelope": sealed(p, body)}


def built(subjects: list[dict], materials: list[dict], builder: str, old: bool = False) -> dict:
    """A statement of a build, with subjects as they are."""
    if old:
        return {"_type": "https://in-toto.io/Statement/v0.1", "subject": subjects, "predicateType": "https://slsa.dev/provenance/v0.2",
                "predicate": {"builder": {"id": builder}, "buildType": "https://example.com/train", "invocation": {"configSource": {"entryPoint": "train.yaml"}},
                              "metadata": {"buildInvocationId": "run-12", "completeness": {"materials": False}, "reproducible": False}, "materials": materials}}
    return {"_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {"buildDefinition": {"buildType": "https://example.com/buildtypes/train@v2", "externalParameters": {"lr": "2e-5"},
                                              "internalParameters": {"gpus": 8}, "resolvedDependencies": materials},
                          "runDetails": {"builder": {"id": builder, "version": {"trainer": "3.1"}}, "metadata": {"invocationId": "run-12"},
                                         "byproducts": [{"name": "training.log", "digest": {"sha256": "0" * 64}}]}}}


def subject(path: Path, name: str = "", algorithm: str = "sha256") -> dict:
    return {"name": name or path.name, "digest": {algorithm: hashlib.new(algorithm, path.read_bytes()).hexdigest()}}


@case("third")
def statement_bundle(p: Project) -> None:
    """In a Sigstore bundle beside the file."""
    model, place = simple_model(p)
    base, data = p.model("free"), p.dataset("free")
    builder = p.thing("party", p.pick("builders"))
    weights = p.root / f"{place}model.safetensors"
    body = built([subject(weights)], [code_material(p), named_material(p, base, "base"), named_material(p, data, "data")], builder.name)
    p.json(place + p.rng.choice(("model.safetensors.sigstore.json", "provenance.sigstore.json", "model.sigstore")), bundle(p, body))
    p.say(model, TUNED, base, "in-toto")
    p.say(model, "trained-on", data, "in-toto")
    p.say(model, "built-by", builder, "in-toto")


@case("third")
def statement_lines(p: Project) -> None:
    """One envelope a line: the data's statement, then the model's, joined by the data's digest."""
    model, place = simple_model(p)
    data = p.thing("dataset", "data/train.jsonl", "free", "train.jsonl")
    file = p.write(data.name, "".join(json.dumps({"text": p.rng.randbytes(8).hex()}) + "\n" for _ in range(20)))
    source = p.dataset("free")
    builder = p.thing("party", p.pick("builders"))
    weights = p.root / f"{place}model.safetensors"
    bodies = [built([subject(file, data.name)], [named_material(p, source, "data")], builder.name),
              built([subject(weights)], [{"name": data.name, "uri": f"file:{data.name}", "digest": {"sha256": sha256(file)},
                                          "annotations": {"type": "dataset"}}], builder.name)]
    if p.rng.random() < 0.5:
        bodies.reverse()
    p.write("attestations.intoto.jsonl", "".join(json.dumps(sealed(p, body)) + "\n" for body in bodies))
    p.say(data, ("derived-from", "trained-on"), source, "in-toto")
    p.say(data, ("built-by", "collected-by"), builder, "in-toto")
    p.say(model, "trained-on", data, "in-toto")
    p.say(model, "built-by", builder, "in-toto")


@case("third")
def statement_elsewhere(p: Project) -> None:
    """Two files of one name; a statement kept apart is about the second, as its digest says. Nothing contradicts."""
    first, place = simple_model(p, True)
    second, home = simple_model(p, True)
    base, other, data = p.model("yes"), p.model("free"), p.dataset("free")
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "mit"}, first)
    for model in (first, second):
        model.names.remove("model.safetensors")
    builder = p.thing("party", p.pick("builders"))
    body = built([subject(p.root / f"{home}model.safetensors", p.rng.choice(("model.safetensors", "out/final.safetensors")))],
                 [named_material(p, other, "base"), named_material(p, data, "data")], builder.name)
    p.json(p.rng.choice((".attestations/build.intoto.json", "provenance/run-12.json", "evidence/release.intoto.json")), sealed(p, body) if p.rng.random() < 0.5 else body)
    p.say(first, "fine-tuned-from", base, "model card")
    p.say(second, TUNED, other, "in-toto")
    p.say(second, "trained-on", data, "in-toto")
    p.say(second, "built-by", builder, "in-toto")


def shards(p: Project, place: str, model: Thing) -> list[Path]:
    """A model in two files, with their index."""
    tensors = mf.llama(32, 2, 128)
    names, paths, where = list(tensors), [], {}
    for number, part in enumerate((names[:9], names[9:])):
        file = f"model-{number + 1:05}-of-00002.safetensors"
        paths.append(p.weights(place, model, {name: tensors[name] for name in part}, name=file))
        where |= dict.fromkeys(part, file)
    p.json(f"{place}model.safetensors.index.json", {"metadata": {"total_size": sum(path.stat().st_size for path in paths)}, "weight_map": where})
    p.config(place)
    return paths


@case("third")
def statement_shards(p: Project) -> None:
    """A statement about both files of a model, at times under a longer digest; at times one of them has other bytes."""
    model, base = p.model(), p.model("free")
    place = p.home(model, False)
    paths = shards(p, place, model)
    builder = p.thing("party", p.pick("builders"))
    subjects = [subject(path, algorithm=p.rng.choice(("sha256", "sha512"))) for path in paths]
    body = built([*subjects, {"name": "tokenizer.json", "digest": {"sha256": p.rng.randbytes(32).hex()}}], [named_material(p, base, "base")], builder.name)
    tokenizer = p.thing("code", "tokenizer.json", "free")
    p.may(tokenizer, RELATIONS, base)
    p.may(tokenizer, RELATIONS, builder)
    if p.rng.random() < 0.5:
        algorithm, digest = next(iter(subjects[1]["digest"].items()))
        subjects[1]["digest"] = {algorithm: p.rng.randbytes(len(digest) // 2).hex()}
        p.may(model, ANY_ORIGIN, base)
        p.may(model, ("built-by",), builder)
        p.card(place, {"base_model": base.name, "license": "mit"}, model)
        p.findings.append(CONTRADICTION)
    else:
        p.say(model, TUNED, base, "in-toto")
        p.say(model, "built-by", builder, "in-toto")
    p.json(f"{place}provenance.intoto.json", body)


@case("third")
def statement_sha512(p: Project) -> None:
    """The file's digest is a longer one, right or wrong."""
    model, place = simple_model(p)
    data = p.dataset("free")
    builder = p.thing("party", p.pick("builders"))
    about = subject(p.root / f"{place}model.safetensors", algorithm=p.rng.choice(("sha512", "sha384")))
    if p.rng.random() < 0.5:
        about["digest"] = {"sha512": p.rng.randbytes(64).hex()}
        p.may(model, ("trained-on", "derived-from"), data)
        p.may(model, ("built-by",), builder)
        p.card(place, {"datasets": [data.name], "license": "mit"}, model)
        p.findings.append(CONTRADICTION)
    else:
        p.say(model, "trained-on", data, "in-toto")
        p.say(model, "built-by", builder, "in-toto")
    p.json(f"{place}provenance.json", built([about], [named_material(p, data, "data")], builder.name))


@case("third")
def statement_git(p: Project) -> None:
    """Materials are hub repositories at a commit; what they are is in their addresses."""
    model, place = simple_model(p)
    base, data = p.model("free"), p.dataset("free")
    builder = p.thing("party", p.pick("builders"))
    old = p.rng.random() < 0.5
    materials = [code_material(p)]
    for thing in (base, data):
        commit = p.rng.randbytes(20).hex()
        address = hub(thing.name, thing is data)
        thing.names += [address, f"git+{address}", f"git+{address}@{commit}", f"git+{address}@refs/heads/main"]
        materials.append({"uri": f"git+{address}@{p.rng.choice((commit, 'refs/heads/main'))}", "digest": {"sha1" if old else "gitCommit": commit}})
    body = built([subject(p.root / f"{place}model.safetensors")], materials, builder.name, old)
    p.write(f"{place}provenance.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    p.say(model, ANY_ORIGIN, base, "in-toto")
    p.say(model, ("trained-on", "derived-from"), data, "in-toto")
    p.say(model, "built-by", builder, "in-toto")


@case("third")
def link(p: Project) -> None:
    """A step's materials and products: as a link file, or as an attestation."""
    model, place = simple_model(p)
    data = p.thing("dataset", f"data/{p.pick('data')}.csv", "free")
    data.names.append(data.last)
    file = p.write(data.name, "".join(f"{p.rng.randrange(1000)},1\n" for _ in range(20)))
    script = p.write("train.py", "print('train')\n")
    p.may(model, RELATIONS, p.thing("code", "train.py", "free"))
    weights = p.root / f"{place}model.safetensors"
    command = ["python", "train.py"]
    if p.rng.random() < 0.5:
        p.json("train.776a00e2.link", {"signed": {"_type": "link", "name": "train", "command": command, "environment": {},
                                                  "byproducts": {"return-value": 0, "stdout": "", "stderr": ""},
                                                  "materials": {data.name: {"sha256": sha256(file)}, "train.py": {"sha256": sha256(script)}},
                                                  "products": {"model.safetensors": {"sha256": sha256(weights)}}},
                                       "signatures": [{"keyid": "776a00e2" * 8, "sig": p.rng.randbytes(64).hex()}]})
    else:
        p.json("train.link.intoto.json", {"_type": "https://in-toto.io/Statement/v1", "subject": [subject(weights)],
                                          "predicateType": "https://in-toto.io/attestation/link/v0.3",
                                          "predicate": {"name": "train", "command": command, "environment": {}, "byproducts": {},
                                                        "materials": [subject(file, data.name), subject(script)]}})
    p.say(model, ("trained-on", "derived-from"), data, "in-toto")


@case("third")
def statement_verified(p: Project) -> None:
    """A summary of a verification says nothing of a build: its verifier built nothing and its inputs are no materials."""
    model, place = simple_model(p)
    base = p.model("yes")
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "mit"}, model)
    p.json(f"{place}vsa.intoto.json", {
        "_type": "https://in-toto.io/Statement/v1", "subject": [subject(p.root / f"{place}model.safetensors")],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {"verifier": {"id": "https://verifier.example/policy"}, "timeVerified": "2026-02-02T10:00:00Z", "resourceUri": hub(model.name),
                      "policy": {"uri": "https://verifier.example/policies/models"}, "verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_2"],
                      "inputAttestations": [{"uri": "https://verifier.example/att/12", "digest": {"sha256": p.rng.randbytes(32).hex()}}], "slsaVersion": "1.0"}})
    p.say(model, "fine-tuned-from", base, "model card")


@case("third")
def signature_only(p: Project) -> None:
    """A signature over the files says who vouches for them and not where they are from."""
    model, place = simple_model(p)
    model.gap = "yes"
    files = [p.root / f"{place}config.json", p.root / f"{place}model.safetensors"]
    resources = [{"name": path.name, "algorithm": "sha256", "digest": sha256(path)} for path in files]
    root = hashlib.sha256(b"".join(bytes.fromhex(entry["digest"]) for entry in resources)).hexdigest()
    p.json("model.sig", bundle(p, {"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": model.last, "digest": {"sha256": root}}],
                                   "predicateType": "https://model_signing/signature/v1.0",
                                   "predicate": {"serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False}, "resources": resources}}))
    p.findings.append(GAP)


# bills in other forms

@case("third")
def cyclonedx_xml(p: Project) -> None:
    """A bill in XML: ancestors, data inline or by reference, supplier, publisher."""
    model, base, data, supplier, publisher = p.model(), p.model("free"), p.dataset("free"), p.party(), p.party()
    version = p.rng.choice(("1.5", "1.6", "1.7"))
    inline = p.rng.random() < 0.5
    lasts = [thing.name.partition("/") for thing in (model, base, data)]
    for thing, (_, _, last) in zip((model, base, data), lasts):
        thing.names.append(f"ref-{last.lower()}")
    listed = (f"<dataset><type>dataset</type><name>{data.name}</name></dataset>" if inline else f"<ref>ref-{lasts[2][2].lower()}</ref>")
    whole = "" if inline else (f"""
    <component type="data" bom-ref="ref-{lasts[2][2].lower()}">
      <group>{lasts[2][0]}</group>
      <name>{lasts[2][2]}</name>
      <data><type>dataset</type><name>{data.name}</name></data>
    </component>""")
    p.write(p.rng.choice(("bom.xml", "sbom/model.cdx.xml")), f"""<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/{version}" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-{p.rng.randbytes(6).hex()}" version="1">
  <components>
    <component type="machine-learning-model" bom-ref="ref-{lasts[0][2].lower()}">
      <supplier><name>{supplier.name}</name></supplier>
      <publisher>{publisher.name}</publisher>
      <group>{lasts[0][0]}</group>
      <name>{lasts[0][2]}</name>
      <version>1.0</version>
      <pedigree>
        <ancestors>
          <component type="machine-learning-model"><group>{lasts[1][0]}</group><name>{lasts[1][2]}</name></component>
        </ancestors>
      </pedigree>
      <modelCard><modelParameters><task>text-generation</task><datasets>{listed}</datasets></modelParameters></modelCard>
    </component>{whole}
    <component type="library"><name>torch</name><version>2.4.0</version></component>
  </components>
</bom>
""")
    p.say(model, TUNED, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, "supplied-by", supplier, "CycloneDX")
    p.say(model, ("republished-by", "supplied-by", "built-by"), publisher, "CycloneDX")


@case("third")
def cyclonedx_workflow(p: Project) -> None:
    """How a model was made: a workflow with what went in and what came out."""
    model, base, data = p.model(), p.model("free"), p.dataset("free")
    parts = [component(model), component(base), component(data, "data", data=[{"type": "dataset", "name": data.name}])]
    workflow = {"bom-ref": "workflow-1", "uid": "train-0412", "name": "train", "taskTypes": ["build"],
                "inputs": [{"resource": {"ref": part["bom-ref"]}} for part in parts[1:]],
                "outputs": [{"type": "artifact", "resource": {"ref": parts[0]["bom-ref"]}}, {"type": "log", "resource": {"externalReference": {
                    "type": "log", "url": "https://ci.example.com/logs/0412"}}}]}
    p.json("bom.cdx.json", {"bomFormat": "CycloneDX", "specVersion": p.rng.choice(("1.5", "1.6", "1.7")), "version": 1, "metadata": {"component": parts[0]},
                            "components": parts[1:], "formulation": [{"bom-ref": "formula-1", "workflows": [workflow]}]})
    p.say(model, ANY_ORIGIN, base, "CycloneDX")
    p.say(model, ("trained-on", "derived-from"), data, "CycloneDX")
    p.allowed_findings.add(GAP)


@case("third")
def cyclonedx_offspring(p: Project) -> None:
    """Descendants are made from the component; a variant only shares its origin."""
    model, child, variant, data = p.model(), p.model("free"), p.model("free"), p.dataset("free")
    entry = component(model, pedigree={"descendants": [component(child)], "variants": [component(variant)]},
                      modelCard={"modelParameters": {"datasets": [{"type": "dataset", "name": data.name, "governance": {
                          "owners": [{"organization": {"name": "Somebody"}}]}}]}})
    bom(p, [entry])
    somebody = p.thing("party", "Somebody", "free")
    p.say(child, TUNED, model, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.may(data, PARTY_RELATIONS, somebody)
    p.allowed_findings.add(GAP)


@case("third")
def cyclonedx_against_card(p: Project) -> None:
    """The bill and the card name different bases."""
    model, place = simple_model(p)
    said, listed = p.model(), p.model()
    p.card(place, {"base_model": said.name, "base_model_relation": "finetune", "license": "mit"}, model)
    digest = {"alg": "SHA-256", "content": sha256(p.root / f"{place}model.safetensors")}
    bom(p, [], component(model, hashes=[digest], purl=f"pkg:huggingface/{model.name}", pedigree={"ancestors": [component(listed)]}))
    contradiction(p, model, said, listed)


@case("third")
def cyclonedx_ring(p: Project) -> None:
    """Two components, each an ancestor of the other."""
    first, second = p.model(), p.model()
    parts = [component(first), component(second)]
    bom(p, [{**parts[0], "pedigree": {"ancestors": [parts[1]]}}, {**parts[1], "pedigree": {"ancestors": [parts[0]]}}])
    p.say(first, TUNED, second, "CycloneDX")
    p.say(second, TUNED, first, "CycloneDX")
    p.findings.append(CYCLE)


class Spdx:
    """An SPDX 3.0.1 document in the making."""

    def __init__(self, p: Project) -> None:
        self.p = p
        self.space = f"https://spdx.example/{p.rng.randbytes(4).hex()}#"
        self.graph: list[dict] = [
            {"type": "CreationInfo", "@id": "_:info", "specVersion": "3.0.1", "created": "2026-03-01T09:00:00Z", "createdBy": [self.space + "tool"]},
            {"type": "SoftwareAgent", "spdxId": self.space + "tool", "creationInfo": "_:info", "name": "bill writer"}]

    def add(self, thing: Thing, **others: object) -> str:
        """An element for a thing."""
        kind = {"model": "ai_AIPackage", "dataset": "dataset_DatasetPackage", "party": "Organization"}[thing.kind]
        address = f"{self.space}{thing.last.lower().replace(' ', '-')}"
        element: dict[str, object] = {"type": kind, "spdxId": address, "creationInfo": "_:info", "name": thing.name}
        if thing.kind != "party":
            element |= {"software_packageVersion": "1.0", "software_primaryPurpose": "data" if thing.kind == "dataset" else "model",
                        "software_downloadLocation": hub(thing.name, thing.kind == "dataset")}
        self.graph.append({**element, **others})
        thing.names.append(address)
        return address

    def relate(self, start: str, relation: str, *ends: str) -> None:
        self.graph.append({"type": "Relationship", "spdxId": f"{self.space}r{len(self.graph)}", "creationInfo": "_:info", "from": start,
                           "relationshipType": relation, "to": list(ends)})

    def write(self, root: str) -> None:
        self.graph.append({"type": "SpdxDocument", "spdxId": self.space + "document", "creationInfo": "_:info", "rootElement": [root],
                           "profileConformance": ["core", "software", "ai", "dataset"]})
        self.p.json(self.p.rng.choice(("model.spdx.json", "sbom/ai.spdx3.json", "bom.spdx.jsonld")),
                    {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": self.graph})


@case("third")
def spdx(p: Project) -> None:
    """What a model was trained and tested on, what it descends from, who supplied it."""
    model, base, data, more, test = p.model(), p.model("free"), p.dataset("free"), p.dataset("free"), p.dataset("free")
    supplier, origin = p.party(), p.party()
    d = Spdx(p)
    party, maker = d.add(supplier), d.add(origin)
    node = d.add(model, suppliedBy=party, ai_typeOfModel=["transformer"], ai_informationAboutTraining="Three epochs.")
    data_node = d.add(data, originatedBy=[maker], dataset_datasetType=["text"])
    d.relate(node, "trainedOn", data_node, d.add(more, dataset_datasetType=["text"]))
    d.relate(node, "testedOn", d.add(test, dataset_datasetType=["text"]))
    d.relate(node, "descendantOf", d.add(base))
    d.write(node)
    p.say(model, "trained-on", data, "SPDX")
    p.say(model, "trained-on", more, "SPDX")
    p.say(model, "evaluated-on", test, "SPDX")
    p.say(model, ANY_ORIGIN, base, "SPDX")
    p.say(model, "supplied-by", supplier, "SPDX")
    p.say(data, ("supplied-by", "collected-by", "built-by"), origin, "SPDX")


@case("third")
def spdx_build(p: Project) -> None:
    """A build with inputs and an output; relations that say the same the other way round, and one that is no lineage."""
    model, base, first, data, raw = p.model(), p.model("free"), p.model("free"), p.dataset("free"), p.dataset("free")
    d = Spdx(p)
    node, base_node, data_node = d.add(model), d.add(base), d.add(data)
    build = d.space + "build"
    d.graph.append({"type": "build_Build", "spdxId": build, "creationInfo": "_:info", "build_buildType": "https://example.com/train", "build_buildId": "12"})
    d.relate(build, "hasInput", base_node, data_node)
    d.relate(build, "hasOutput", node)
    d.relate(d.add(first), "ancestorOf", base_node)
    d.relate(d.add(raw), "generates", data_node)
    d.graph.append({"type": "software_File", "spdxId": d.space + "tokenizer", "creationInfo": "_:info", "name": "tokenizer.json"})
    d.relate(node, "hasDataFile", d.space + "tokenizer")
    d.write(node)
    p.say(model, ANY_ORIGIN, base, "SPDX")
    p.say(model, ("trained-on", "derived-from"), data, "SPDX")
    p.say(base, ANY_ORIGIN, first, "SPDX")
    p.say(data, "derived-from", raw, "SPDX")
    p.allowed_findings.add(GAP)


@case("third")
def spdx_wrong(p: Project) -> None:
    """A ring of descents, or a card that names another base than the bill does."""
    d = Spdx(p)
    if p.rng.random() < 0.5:
        models = [p.model() for _ in range(3)]
        nodes = [d.add(model) for model in models]
        for number, model in enumerate(models):
            d.relate(nodes[number], "descendantOf", nodes[(number + 1) % 3])
            p.say(model, ANY_ORIGIN, models[(number + 1) % 3], "SPDX")
        d.write(nodes[0])
        p.findings.append(CYCLE)
    else:
        model, place = simple_model(p)
        said, listed = p.model(), p.model()
        p.card(place, {"base_model": said.name, "base_model_relation": "finetune", "license": "mit"}, model)
        node = d.add(model, verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": sha256(p.root / f"{place}model.safetensors")}])
        d.relate(node, "descendantOf", d.add(listed))
        d.write(node)
        contradiction(p, model, said, listed)


# pipelines and registries

@case("third")
def dvc_yaml(p: Project) -> None:
    """The stages alone, nothing run yet; paths at times from a stage's own folder. Metrics and plots are no lineage."""
    raw = p.thing("dataset", "data/incoming.csv", "free", "incoming.csv")
    ready = p.thing("dataset", f"data/{p.pick('data')}.parquet")
    ready.names.append(ready.last)
    model = p.thing("model", "models/final.safetensors")
    p.weights("models/", model, mf.llama(32, 2, 128), name="final.safetensors")
    p.write(raw.name, "a,b\n1,2\n")
    p.write("training/train.py", "print('train')\n")
    p.write("training/prepare.py", "print('prepare')\n")
    inside = p.rng.random() < 0.5
    up, here = ("../", "") if inside else ("", "training/")
    place = "    wdir: training\n" if inside else ""
    p.write("dvc.yaml", f"""\
stages:
  prepare:
    cmd: python {here}prepare.py
{place}    deps:
    - {up}{raw.name}
    - {here}prepare.py
    outs:
    - {up}{ready.name}:
        cache: true
        desc: cleaned
  train:
    cmd: >-
      python {here}train.py
      --data {up}{ready.name}
{place}    deps: [{up}{ready.name}, {here}train.py]
    params:
    - train.epochs
    outs:
    - {up}{model.name}
    metrics:
    - {up}metrics.json:
        cache: false
""")
    p.say(ready, "derived-from", raw, "other documents")
    p.say(model, ("trained-on", "derived-from"), ready, "other documents")
    for script, out in (("prepare.py", ready), ("train.py", model)):
        p.may(out, RELATIONS, p.thing("code", f"training/{script}", "free", script))


@case("third")
def dvc_import(p: Project) -> None:
    """Data fetched from elsewhere, as its .dvc file says."""
    word = p.pick("data")
    data = p.thing("dataset", f"data/{word}.csv", "no", f"{word}.csv")
    text = "".join(f"{p.rng.randrange(1000)},0\n" for _ in range(20))
    p.write(data.name, text)
    digest = hashlib.md5(text.encode()).hexdigest()
    if p.rng.random() < 0.5:
        org = p.pick("orgs")
        source = p.thing("dataset", f"https://github.com/{org}/registry", "free", f"github.com/{org}/registry", f"exports/{word}-full.csv", f"{org}/registry",
                         f"https://github.com/{org}/registry/exports/{word}-full.csv", f"https://github.com/{org}/registry#exports/{word}-full.csv")
        deps = f"- path: exports/{word}-full.csv\n  repo:\n    url: {source.name}\n    rev_lock: {p.rng.randbytes(20).hex()}\n"
    else:
        source = p.thing("dataset", f"https://files.example.org/exports/{word}-full.csv", "free")
        deps = f"- path: {source.name}\n  etag: '\"{p.rng.randbytes(8).hex()}\"'\n  size: {len(text)}\n"
    p.write(f"{data.name}.dvc", f"md5: {p.rng.randbytes(16).hex()}\nfrozen: true\ndeps:\n{deps}"
                                f"outs:\n- md5: {digest}\n  size: {len(text)}\n  hash: md5\n  path: {word}.csv\n")
    p.say(data, ("derived-from", "supplied-by", "republished-by", "collected-by"), source, "other documents")


@case("third")
def mlmodel(p: Project) -> None:
    """The source a logged model's description names."""
    model, base = p.model(), p.model("free")
    p.home(model, False)
    p.weights("model/", model, mf.llama(32, 2, 128))
    p.config("model/")
    model.names.append("model")
    p.write("MLmodel", f"""\
artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.transformers
    model_binary: model
    python_version: 3.11.9
  transformers:
    framework: pt
    instance_type: TextGenerationPipeline
    model_binary: model
    source_model_name: {base.name}
    task: text-generation
    torch_dtype: torch.bfloat16
mlflow_version: 2.16.0
model_uuid: {p.rng.randbytes(16).hex()}
run_id: {p.rng.randbytes(16).hex()}
""")
    p.say(model, ANY_ORIGIN, base, "other documents")


@case("third")
def kaggle(p: Project) -> None:
    """A model's variation: its base, inside or outside, and its training data."""
    model, base, data = p.model(), p.model("free"), p.dataset("free")
    place = p.home(model, False)
    p.weights(place, model, mf.llama(32, 2, 128))
    p.config(place)
    owner, _, slug = model.name.partition("/")
    model.names += [f"{model.name}/pyTorch/main", f"{model.name}/pytorch/main"]
    inner = p.rng.random() < 0.5
    listed = p.rng.choice((data.name, f"https://www.kaggle.com/datasets/{data.name}", hub(data.name, True)))
    data.names += [listed, f"www.kaggle.com/datasets/{data.name}", f"kaggle.com/datasets/{data.name}"]
    base.names += [f"{base.name}/pyTorch/main", f"{base.name}/pytorch"]
    p.json("model-instance-metadata.json", {
        "ownerSlug": owner, "modelSlug": slug, "instanceSlug": "main", "framework": "pyTorch", "overview": "", "usage": "", "licenseName": "Apache 2.0",
        "fineTunable": True, "trainingData": [listed], "modelInstanceType": "KaggleVariant" if inner else "ExternalVariant",
        "baseModelInstance": f"{base.name}/pyTorch/main" if inner else "", "externalBaseModelUrl": "" if inner else hub(base.name)})
    p.say(model, TUNED, base, "other documents")
    p.say(model, "trained-on", data, "other documents")


@case("third")
def datapackage(p: Project) -> None:
    """A Frictionless data package: sources, contributors, and a digest that at times is another file's."""
    word = p.pick("data").lower()
    data = p.thing("dataset", word, "no")
    source, author, publisher = p.dataset("free"), p.party(), p.party()
    path = p.write(f"data/{word}.csv", "id,label\n" + "".join(f"{n},{p.rng.randrange(2)}\n" for n in range(20)))
    data.names += [p.root.name, f"data/{word}.csv", f"{word}.csv"]
    wrong = p.rng.random() < 0.3
    p.json("datapackage.json", {
        "name": word, "title": word.replace("-", " ").title(), "profile": "data-package", "version": "1.2.0", "licenses": [{"name": "CC-BY-4.0"}],
        "sources": [{"title": source.name, "path": hub(source.name, True)}],
        "contributors": [{"title": author.name, "role": "author"}, {"title": publisher.name, "role": "publisher"}],
        "resources": [{"name": word, "path": f"data/{word}.csv", "format": "csv", "bytes": path.stat().st_size,
                       "hash": "sha256:" + (p.rng.randbytes(32).hex() if wrong else sha256(path)), "schema": {"fields": [{"name": "id"}, {"name": "label"}]}}]})
    data.names.append(word.replace("-", " ").title())
    p.say(data, "derived-from", source, "other documents")
    p.say(data, ("supplied-by", "collected-by", "built-by"), author, "other documents")
    p.say(data, ("republished-by", "supplied-by"), publisher, "other documents")
    if wrong:
        p.findings.append(CONTRADICTION)


@case("third")
def catalogue(p: Project) -> None:
    """A DCAT description."""
    data, source, maker, publisher = p.dataset("no"), p.dataset("free"), p.party(), p.party()
    key = p.rng.choice(("dct:source", "prov:wasDerivedFrom"))
    p.write("data/train.csv", "a,b\n1,2\n")
    data.names += [p.root.name, "data/train.csv", "train.csv", hub(data.name, True)]
    p.json(p.rng.choice(("dcat.jsonld", "catalog/dataset.jsonld", "dcat.json")), {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
                     "prov": "http://www.w3.org/ns/prov#"},
        "@id": hub(data.name, True), "@type": "dcat:Dataset", "dct:title": data.name, key: {"@id": hub(source.name, True)},
        "dct:creator": {"@type": "foaf:Organization", "foaf:name": maker.name}, "dct:publisher": {"@type": "foaf:Organization", "foaf:name": publisher.name},
        "dcat:distribution": [{"@type": "dcat:Distribution", "dcat:downloadURL": {"@id": "https://files.example.org/train.csv"}, "dcat:mediaType": "text/csv"}]})
    p.say(data, "derived-from", source, "other documents")
    p.say(data, ("supplied-by", "collected-by", "built-by"), maker, "other documents")
    p.say(data, ("republished-by", "supplied-by"), publisher, "other documents")


@case("third")
def croissant_lists(p: Project) -> None:
    """Several sources in two spellings, several makers, a platform as bare text, names in free text that are none of these."""
    data, first, second, maker, person, platform = p.dataset("no"), p.dataset(), p.dataset(), p.party(), p.party(), p.party()
    croissant(p, data, "1.0", {
        "creator": [{"@type": "Organization", "name": maker.name, "url": "https://example.org"}, {"@type": "Person", "name": person.name}],
        "isBasedOn": [hub(first.name, True), {"@type": "sc:Dataset", "@id": hub(second.name, True), "name": second.name}],
        "rai:dataAnnotationPlatform": platform.name, "rai:dataCollection": f"Collected from the web; see also {p.pick('orgs')}/{p.pick('data')}.",
        "rai:dataCollectionType": ["Web Scraping"], "rai:annotationsPerItem": "3", "rai:dataBiases": "City dwellers are over-represented."})
    p.say(data, "derived-from", first, "Croissant 1.0")
    p.say(data, "derived-from", second, "Croissant 1.0")
    p.say(data, ("supplied-by", "collected-by"), maker, "Croissant 1.0")
    p.say(data, ("supplied-by", "collected-by"), person, "Croissant 1.0")
    p.say(data, "labelled-by", platform, "Croissant 1.0")


@case("third")
def croissant_agents(p: Project) -> None:
    """One activity rather than a list of them, with two agents, one of which is a program; sources by address alone."""
    data, first, second, labeller = p.dataset("no"), p.dataset(), p.dataset(), p.party()
    program = p.thing("party", f"{p.pick('models')} tagger", "free")
    croissant(p, data, "1.1", {
        "prov:wasDerivedFrom": [hub(first.name, True), {"@id": hub(second.name, True)}],
        "prov:wasGeneratedBy": {"@type": "prov:Activity", "@id": "#labels", "prov:type": {"@id": "https://www.wikidata.org/wiki/Q109719325"},
                                "prov:label": "data annotation", "prov:wasAssociatedWith": [
                                    {"@type": "prov:Organization", "@id": "#people", "prov:label": labeller.name},
                                    {"@type": "prov:SoftwareAgent", "@id": "#program", "prov:label": program.name}]}})
    p.say(data, "derived-from", first, "Croissant 1.1")
    p.say(data, "derived-from", second, "Croissant 1.1")
    p.say(data, "labelled-by", labeller, "Croissant 1.1")
    p.say(data, "labelled-by", program, "Croissant 1.1")


@case("third")
def croissant_files(p: Project) -> None:
    """The digest is of a file elsewhere that has the name of an example here, which is nothing; or of one of two files here, which has changed."""
    data, maker = p.dataset("no"), p.party()
    elsewhere = p.rng.random() < 0.5
    first = p.write("examples/train.csv" if elsewhere else "data/train.csv", "value,label\n1,0\n")
    second = p.write("data/test.csv", "value,label\n2,1\n")
    data.names += ["data/test.csv", "test.csv", "examples/train.csv"]
    digest = p.rng.randbytes(32).hex()
    where = "https://files.example.org/v2/train.csv" if elsewhere else "data/train.csv"
    name = p.rng.choice(("croissant.json", "metadata.json"))
    extra = {"creator": {"@type": "sc:Organization", "name": maker.name}, "distribution": [
        {"@type": "cr:FileObject", "@id": f"{path.stem}-file", "name": path.stem, "contentUrl": url, "encodingFormat": "text/csv", "sha256": value}
        for path, url, value in ((first, where, digest), (second, "data/test.csv", sha256(second)))]}
    croissant(p, data, "1.0", extra, name=name)
    p.say(data, ("supplied-by", "collected-by"), maker, "Croissant 1.0")
    if not elsewhere:
        p.findings.append(CONTRADICTION)


@case("third")
def croissant_ring(p: Project) -> None:
    """Two datasets here, each based on the other."""
    both = [p.dataset("free"), p.dataset("free")]
    for data, other in (both, both[::-1]):
        croissant(p, data, "1.0", {"isBasedOn": {"@type": "sc:Dataset", "name": other.name, "url": hub(other.name, True)}}, f"datasets/{data.name}/", "croissant.json")
        data.names = [name for name in data.names if name not in (p.root.name, "data/train.csv", "train.csv")]
        data.names += [f"datasets/{data.name}", f"datasets/{data.name}/data/train.csv"]
        p.say(data, "derived-from", other, "Croissant 1.0")
    p.findings.append(CYCLE)


# several at once

@case("third")
def ring_mixed(p: Project) -> None:
    """A card names an adapter as its base, and the adapter's configuration the model of the card."""
    model, place = simple_model(p, True)
    adapted = p.model()
    home = p.home(adapted, True)
    p.weights(home, adapted, mf.lora(mf.llama(32, 2, 128), 4), name="adapter_model.safetensors")
    p.json(f"{home}adapter_config.json", {"base_model_name_or_path": model.name, "peft_type": "LORA", "r": 4})
    p.card(place, {"base_model": adapted.name, "license": "mit"}, model)
    p.say(model, ANY_ORIGIN, adapted, "model card")
    p.say(adapted, "adapter-of", model, "configuration")
    p.findings.append(CYCLE)


@case("third")
def all_agree(p: Project) -> None:
    """Card, configuration, statement and bill name the same base, each in its spelling: one edge and no contradiction."""
    base, data = p.model("yes"), p.dataset("free")
    model, place = simple_model(p, _name_or_path=base.name)
    revision = p.rng.randbytes(20).hex()
    builder = p.thing("party", p.pick("builders"))
    p.card(place, {"base_model": hub(base.name), "base_model_relation": "finetune", "datasets": [data.name]}, model)
    weights = p.root / f"{place}model.safetensors"
    p.json(f"{place}provenance.json", built([subject(weights)], [
        {"uri": f"hf://{base.name}@{revision}", "digest": {"gitCommit": revision}, "annotations": {"type": "model", "role": "base-model"}},
        {"uri": f"pkg:huggingface/datasets/{data.name}@{revision}", "digest": {"gitCommit": revision}, "annotations": {"role": "training-data"}}], builder.name))
    org, _, last = base.name.partition("/")
    bom(p, [], component(model, hashes=[{"alg": "SHA-256", "content": sha256(weights)}], pedigree={"ancestors": [
        {"type": "machine-learning-model", "group": org, "name": last, "purl": f"pkg:huggingface/{base.name}@{revision}"}]}))
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "built-by", builder, "in-toto")


@case("third")
def run_leftovers(p: Project) -> None:
    """What a training run leaves says how and not from what: an open end."""
    model, place = simple_model(p, **p.rng.choice(({"_name_or_path": ""}, {"_name_or_path": "/workspace/out/step-900"}, {})))
    model.gap = "yes"
    p.json(f"{place}trainer_state.json", {"best_metric": 0.41, "best_model_checkpoint": "./out/checkpoint-500", "epoch": 3.0, "global_step": 900,
                                          "log_history": [{"epoch": 1.0, "loss": 0.9, "step": 300}]})
    p.json(f"{place}all_results.json", {"epoch": 3.0, "eval_loss": 0.41})
    p.json(f"{place}generation_config.json", {"_from_model_config": True, "transformers_version": "4.44.0"})
    p.write(f"{place}training_args.bin", b"PK\x03\x04" + bytes(60))
    if p.rng.random() < 0.5:
        p.card(place, {"license": "mit", "tags": ["generated_from_trainer"], "model-index": [{"name": model.last, "results": []}]}, model)
    p.findings.append(GAP)
