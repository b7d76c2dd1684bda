"""Kinds of project of the fifth part, which was an evaluation half once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import modelfiles as mf
from lineage_fourth import adapter_files, builder_of, far_data, far_model, lines, readme, split, unrelated
from lineage_projects import (
    ANY_ORIGIN, CONTRADICTION, CYCLE, GAP, PARTY_RELATIONS, RELATIONS, TUNED, WORDS, Project, Spdx, Thing,
    bundle, case, contradiction, croissant, gguf_header, hub, sealed, sha256, simple_model, subject,
)

WORDS["fifth"] = {
    "orgs": ("pinehollow", "Skagen-AI", "ferrous_ml", "LagoAzulLab", "tern.works", "Zielonka", "copperkettle-ai", "Wattle-Research"),
    "models": ("Driftwood", "plover", "Solstice", "Capella", "rowan", "Glacier", "kumquat", "Ravine", "Trellis", "Umber", "wagtail", "Yarrow"),
    "data": ("bus-announcements", "RiverLevels", "patent-claims", "song-lyrics", "TrailNotes", "museum-captions", "invoice-lines", "weather-chats",
             "lichen-photos", "verse-translations"),
    "parties": ("Porto Labelling Collective", "Uppsala Text Bureau", "Greenfield Polytechnic", "Anotiq Ltd", "Mireille Achebe", "Coastal Records Office"),
    "builders": ("https://ci.pinehollow.example/runners/gpu-pool", "https://builder.tern.example/tekton/v1"),
}

MADE = ("supplied-by", "collected-by", "built-by")
CONVERTED = ("quantized-from", *TUNED)
USED = ("trained-on", "derived-from")


# ---------------------------------------------------------------- what the kinds share

def md_link(name: str, dataset: bool = False) -> str:
    return f"[{name}]({hub(name, dataset)})"


def code_of(p: Project, *models: Thing) -> dict:
    """The training code as a material: may be told, need not be."""
    org, commit = p.pick("orgs"), p.rng.randbytes(20).hex()
    address = f"git+https://github.com/{org}/train-recipes"
    code = p.thing("code", f"{org}/train-recipes", "free", address, f"{address}@refs/heads/main", f"https://github.com/{org}/train-recipes",
                   f"github.com/{org}/train-recipes")
    for model in models:
        p.may(model, RELATIONS, code)
    return {"uri": f"{address}@refs/heads/main", "digest": {"gitCommit": commit}}


def v1(subjects: list[dict], materials: list[dict], builder: str, parameters: dict | None = None, kind: str = "https://example.com/ml-train/v1") -> dict:
    """An in-toto statement with SLSA's predicate of version 1."""
    return {"_type": "https://in-toto.io/Statement/v1", "subject": subjects, "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {"buildDefinition": {"buildType": kind, "externalParameters": parameters or {"seed": 17}, "internalParameters": {},
                                              "resolvedDependencies": materials},
                          "runDetails": {"builder": {"id": builder}, "metadata": {"invocationId": "https://ci.example/runs/881", "startedOn": "2025-10-01T06:00:00Z",
                                                                                  "finishedOn": "2025-10-01T19:12:00Z"}}}}


def v02(subjects: list[dict], materials: list[dict], builder: str) -> dict:
    return {"_type": "https://in-toto.io/Statement/v0.1", "subject": subjects, "predicateType": "https://slsa.dev/provenance/v0.2",
            "predicate": {"builder": {"id": builder}, "buildType": "https://tekton.dev/attestations/chains/pipelinerun@v2",
                          "invocation": {"configSource": {}, "parameters": {"epochs": "2"}},
                          "metadata": {"buildStartedOn": "2024-05-02T10:00:00Z", "buildFinishedOn": "2024-05-02T17:00:00Z",
                                       "completeness": {"parameters": False, "environment": False, "materials": False}, "reproducible": False},
                          "materials": materials}}


def nested(p: Project, model: Thing, tensors: mf.Tensors | None = None, **config: object) -> str:
    """A model with weights and a configuration in models/owner/name."""
    place = p.home(model, True)
    p.weights(place, model, tensors or mf.llama(32, 2, 128))
    p.config(place, **config)
    return place


def sized(p: Project, place: str, hidden: int, layers: int, words: int, **others: object) -> None:
    """A Llama's configuration that tells its true sizes."""
    p.json(f"{place}config.json", {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": hidden, "num_hidden_layers": layers,
                                   "vocab_size": words, "torch_dtype": "bfloat16", **others})


def folder_digest(folder: Path) -> str:
    """in-toto's dirHash."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256("".join(f"{sha256(folder / name)}  {name}\n" for name in names).encode()).hexdigest()


def table(p: Project, place: str) -> Path:
    return p.write(place, "id,value,label\n" + "".join(f"{n},{p.rng.randrange(9000)},{p.rng.randrange(3)}\n" for n in range(25)))


def in_cache(p: Project, thing: Thing, revision: str = "") -> str:
    """A repository's folder in a copy of the hub's cache."""
    revision = revision or p.rng.randbytes(20).hex()
    kind = "datasets" if thing.kind == "dataset" else "models"
    root = f"cache/hub/{kind}--{thing.name.replace('/', '--')}"
    p.write(f"{root}/refs/main", revision)
    thing.names += [root, root.split("/")[-1], f"{root}/snapshots/{revision}", revision]
    return f"{root}/snapshots/{revision}/"


# ---------------------------------------------------------------- statements

@case("fifth")
def forge_attestation(p: Project) -> None:
    """What a code forge attests of a build: workflow and repository, nothing of models; the card knows the base."""
    model, place = simple_model(p)
    base, org = p.model("yes"), p.pick("orgs")
    repo = f"https://github.com/{org}/finetune-jobs"
    builder = p.thing("party", f"{repo}/.github/workflows/release.yml@refs/heads/main", "no", f"{repo}/.github/workflows/release.yml")
    weights = p.root / f"{place}model.safetensors"
    body = v1([subject(weights)], [{"uri": f"git+{repo}@refs/heads/main", "digest": {"gitCommit": p.rng.randbytes(20).hex()}}], builder.name,
              {"workflow": {"ref": "refs/heads/main", "repository": repo, "path": ".github/workflows/release.yml"}}, "https://actions.github.io/buildtypes/workflow/v1")
    body["predicate"]["runDetails"]["metadata"] = {"invocationId": f"{repo}/actions/runs/11873310022/attempts/1"}
    p.write(f"sha256-{sha256(weights)}.jsonl", json.dumps(bundle(p, body)) + "\n")
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "apache-2.0"}, model)
    code = p.thing("code", repo, "free", f"git+{repo}@refs/heads/main", f"git+{repo}", f"{org}/finetune-jobs", f"github.com/{org}/finetune-jobs")
    p.may(model, RELATIONS, code)
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "built-by", builder, "SLSA v1")


@case("fifth")
def files_of_a_repository(p: Project) -> None:
    """The dependencies are single files of two repositories of the hub, by their download addresses."""
    model, base, data = p.model(), far_model(p), far_data(p)
    place = p.home(model, False)
    paths = split(p, place, model, mf.llama(32, 2, 128))
    p.config(place)
    builder, materials = builder_of(p), []
    for thing, files in ((base, ("config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")), (data, ("data/train-00000-of-00001.parquet",))):
        commit = p.rng.randbytes(20).hex()
        for file in files:
            address = f"{hub(thing.name, thing is data)}/resolve/{commit}/{file}"
            thing.names += [address, f"{thing.name}/resolve/{commit}/{file}"]
            materials.append({"uri": address, "digest": {"sha256": p.rng.randbytes(32).hex()}})
        thing.names += [hub(thing.name, thing is data)]
    materials.insert(1, code_of(p, model))
    body = v1([subject(path) for path in paths], materials, builder.name,
              {"baseModel": base.name, "trainDataset": data.name, "learningRate": 1e-5, "lora": False})
    p.json(p.rng.choice(("attestation.json", "provenance/slsa.json")), sealed(p, body) if p.rng.random() < 0.5 else body)
    p.say(model, ANY_ORIGIN, base, "SLSA v1")
    p.say(model, USED, data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case("fifth")
def oldest_provenance(p: Project) -> None:
    """SLSA's first predicate, with a recipe."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, data, builder = far_model(p), far_data(p), builder_of(p)
    code = code_of(p, model)
    code["digest"] = {"sha1": code["digest"]["gitCommit"]}
    commit = p.rng.randbytes(20).hex()
    materials = [code]
    for thing in (base, data):
        purl = f"pkg:huggingface/{'datasets/' if thing is data else ''}{thing.name}"
        thing.names += [purl, f"{purl}@{commit}"]
        materials.append({"uri": f"{purl}@{commit}", "digest": {"sha1": commit}})
    body = {"_type": "https://in-toto.io/Statement/v0.1", "subject": [subject(p.root / f"{place}model.safetensors")], "predicateType": "https://slsa.dev/provenance/v0.1",
            "predicate": {"builder": {"id": builder.name}, "recipe": {"type": "https://example.com/Makefile", "definedInMaterial": 0, "entryPoint": "train", "arguments": {}},
                          "metadata": {"buildStartedOn": "2022-01-12T12:00:00Z", "completeness": {"arguments": True, "materials": True}, "reproducible": False},
                          "materials": materials}}
    if p.rng.random() < 0.5:
        p.write(f"{place}model.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    else:
        p.json(f"{place}model.provenance.json", body)
    p.say(model, ANY_ORIGIN, base, "SLSA v0.1")
    p.say(model, USED, data, "SLSA v0.1")
    p.say(model, "built-by", builder, "SLSA v0.1")


@case("fifth")
def commits_and_folders(p: Project) -> None:
    """Subject and dependency are whole repositories, known by commit and by folder digest; the base lies beside."""
    base, model, data = p.model(), p.model(), p.dataset()
    place = nested(p, base)
    nested(p, model)
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    builder = builder_of(p)

    def descriptor(thing: Thing) -> dict:
        commit = p.rng.randbytes(20).hex()
        thing.names += [f"pkg:huggingface/{thing.name}@{commit}", f"pkg:huggingface/{thing.name}"]
        return {"name": thing.name, "uri": f"pkg:huggingface/{thing.name}@{commit}", "digest": {"gitCommit": commit, "dirHash": folder_digest(p.root / f"models/{thing.name}")}}

    body = v1([descriptor(model)], [code_of(p, model), {**descriptor(base), "annotations": {"type": "model"}}], builder.name)
    if p.rng.random() < 0.5:
        p.json("attestations/finetune.sigstore.json", bundle(p, body))
    else:
        p.json("attestations/finetune.intoto.json", body)
    p.say(base, "trained-on", data, "model card")
    p.say(model, ANY_ORIGIN, base, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case("fifth")
def one_run_two_adapters(p: Project) -> None:
    """One statement about two adapters, files of one name in two folders; their configurations say the same base."""
    base, builder = p.model("yes"), builder_of(p)
    adapters, subjects = [], []
    for name in p.rng.sample(("lora-de", "lora-fi", "lora-sw", "lora-pt"), 2):
        adapter = p.thing("model", name)
        adapter_files(p, f"{name}/", adapter, base.name)
        adapter.names.remove("adapter_model.safetensors")
        subjects.append(subject(p.root / f"{name}/adapter_model.safetensors", f"{name}/adapter_model.safetensors"))
        adapters.append(adapter)
    commit = p.rng.randbytes(20).hex()
    body = v1(subjects, [code_of(p, *adapters), {"uri": f"hf://{base.name}@{commit}", "name": base.name, "digest": {"gitCommit": commit}, "annotations": {"role": "base-model"}}],
              builder.name, {"languages": "two"})
    p.write("run.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    for adapter in adapters:
        p.say(adapter, "adapter-of", base, "adapter_config")
        p.say(adapter, "built-by", builder, "SLSA v1")


@case("fifth")
def attested_but_not_made(p: Project) -> None:
    """Statements of a release, of tests and of a scan: none says where the weights are from, nor does the card."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    model.gap = "yes"
    weights = [subject(p.root / f"{place}model.safetensors")]
    other = p.dataset("free")
    bodies = [
        {"_type": "https://in-toto.io/Statement/v1", "subject": weights, "predicateType": "https://in-toto.io/attestation/release/v0.1",
         "predicate": {"purl": f"pkg:huggingface/{model.name}@1.0.0", "releaseId": "1.0.0"}},
        {"_type": "https://in-toto.io/Statement/v1", "subject": weights, "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
         "predicate": {"result": "PASSED", "configuration": [{"name": "tests/eval.yaml", "digest": {"sha256": p.rng.randbytes(32).hex()}},
                                                             {"name": other.name, "uri": hub(other.name, True), "digest": {"gitCommit": p.rng.randbytes(20).hex()}}],
                       "passedTests": ["toxicity", "refusals"], "failedTests": [], "warnedTests": []}},
        {"_type": "https://in-toto.io/Statement/v1", "subject": weights, "predicateType": "https://in-toto.io/attestation/vulns/v0.2",
         "predicate": {"scanner": {"uri": "https://scanner.example/pickle-scan", "version": "2.1", "db": {}, "result": []},
                       "metadata": {"scanStartedOn": "2025-08-01T00:00:00Z", "scanFinishedOn": "2025-08-01T00:00:09Z"}}}]
    p.write(f"{place}release.intoto.jsonl", "".join(json.dumps(sealed(p, body)) + "\n" for body in bodies))
    p.may(model, ("evaluated-on",), other)
    p.may(model, RELATIONS, p.thing("code", "tests/eval.yaml", "free", "eval.yaml"))
    readme(p, place, ["license: apache-2.0", "pipeline_tag: text-generation"], f"# {model.last}\n\nFirst public release. All release checks passed.")
    p.findings.append(GAP)


@case("fifth")
def ring_of_addresses(p: Project) -> None:
    """Two builds in the older form, each with the other's model among its materials, by address."""
    pair = [p.model(), p.model()]
    places = [nested(p, model) for model in pair]
    builder, commit = builder_of(p), p.rng.randbytes(20).hex()
    for model in pair:
        model.names += [f"pkg:huggingface/{model.name}@{commit}", hub(model.name), f"pkg:huggingface/{model.name}"]
    form = p.rng.choice(("pkg:huggingface/{}@" + commit, "https://huggingface.co/{}"))
    for number, (model, place) in enumerate(zip(pair, places)):
        other = pair[1 - number]
        weights = subject(p.root / f"{place}model.safetensors", f"{place}model.safetensors")
        p.json(f"{place}provenance.json", v02([weights], [{"uri": form.format(other.name), "digest": {"sha1": commit}}], builder.name))
        p.say(model, ANY_ORIGIN, other, "SLSA v0.2")
        p.say(model, "built-by", builder, "SLSA v0.2")
    p.findings.append(CYCLE)


@case("fifth")
def run_against_card(p: Project) -> None:
    """In a copy of the hub's cache: the card names one base, the statement of the run another, in so many words."""
    model, said, used = p.model(), p.model(), p.model()
    place = in_cache(p, model)
    p.weights(place, model, mf.llama(32, 2, 128))
    p.config(place)
    p.card(place, {"base_model": [said.name], "base_model_relation": "finetune", "license": "mit"}, model,
           body=f"This model is a fine-tuned version of {md_link(said.name)}.")
    builder = builder_of(p)
    body = v1([subject(p.root / f"{place}model.safetensors")],
              [code_of(p, model), {"name": used.name, "uri": hub(used.name), "digest": {"gitCommit": p.rng.randbytes(20).hex()},
                                   "annotations": {"type": "model", "role": "base-model"}}], builder.name, {"base_model": used.name, "method": "sft"})
    p.write(f"{place}provenance.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    p.allowed_findings.add(GAP)
    p.say(model, "built-by", builder, "SLSA v1")
    contradiction(p, model, said, used)


@case("fifth")
def rows_changed_since(p: Project) -> None:
    """The data's own statement fits the file, or was made before somebody changed a row."""
    changed = p.rng.random() < 0.5
    data = p.thing("dataset", f"data/{p.pick('data').lower()}.jsonl", "no")
    data.names += [data.last, data.last.removesuffix(".jsonl")]
    path = lines(p, data.name)
    source, builder = far_data(p), builder_of(p)
    about = subject(path, data.name, p.rng.choice(("sha256", "sha512")))
    if changed:
        path.write_text(path.read_text() + json.dumps({"text": "one more"}) + "\n")
    body = v1([about], [{"name": source.name, "uri": hub(source.name, True), "digest": {"gitCommit": p.rng.randbytes(20).hex()}, "annotations": {"type": "dataset"}}], builder.name)
    p.json(f"{data.name}.intoto.json", sealed(p, body) if p.rng.random() < 0.5 else body)
    start, test = p.model("yes"), p.dataset("free")
    model, place = simple_model(p)
    p.card(place, {"base_model": start.name, "base_model_relation": "finetune", "license": "mit", "model-index": [{"name": model.last, "results": [
        {"task": {"type": "text-generation"}, "dataset": {"name": test.name, "type": test.name}, "metrics": [{"type": "rouge", "value": 0.31}]}]}]}, model)
    p.say(model, "fine-tuned-from", start, "model card")
    p.say(model, "evaluated-on", test, "model-index")
    if changed:
        data.gap = "free"                     # of what lies there now nothing is said
        p.may(data, USED, source)
        p.may(data, MADE, builder)
        p.findings.append(CONTRADICTION)
    else:
        p.say(data, ("derived-from", "trained-on"), source, "in-toto")
        p.say(data, ("built-by", "collected-by"), builder, "in-toto")


@case("fifth")
def joined_by_digest(p: Project) -> None:
    """Bare statements, one a line; the second takes in the first's output under another name, with the same digest."""
    base, tuned, data, lesson = p.model(), p.model(), far_data(p), far_data(p)
    first = nested(p, base)
    second = nested(p, tuned, mf.llama(32, 2, 136))
    for model in (base, tuned):
        model.names.remove("model.safetensors")
    builder = builder_of(p)
    inside, outside = (p.root / f"{place}model.safetensors" for place in (first, second))

    def dataset(thing: Thing) -> dict:
        return {"name": thing.name, "uri": hub(thing.name, True), "digest": {"gitCommit": p.rng.randbytes(20).hex()}, "annotations": {"type": "dataset"}}

    bodies = [v1([subject(inside, f"{first}model.safetensors")], [dataset(data)], builder.name),
              v1([subject(outside, f"{second}model.safetensors")],
                 [dataset(lesson), {"name": "init.safetensors", "uri": "file:///workspace/in/init.safetensors", "digest": {"sha256": sha256(inside)}}], builder.name)]
    base.names += ["init.safetensors", "file:///workspace/in/init.safetensors", "/workspace/in/init.safetensors"]
    p.write("attestations.jsonl", "".join(json.dumps(body) + "\n" for body in bodies))
    p.say(base, USED, data, "SLSA v1")
    p.say(tuned, USED, lesson, "SLSA v1")
    p.say(tuned, ANY_ORIGIN, base, "SLSA v1")
    for model in (base, tuned):
        p.say(model, "built-by", builder, "SLSA v1")


# ---------------------------------------------------------------- Croissant and other descriptions of data

@case("fifth")
def croissant_of_the_hub(p: Project) -> None:
    """As the hub writes it: a repository with a web page in place of a digest, and the card beside it."""
    data, source = p.dataset("no"), p.dataset()
    owner = data.name.split("/")[0]
    lines(p, "data/train.jsonl")
    data.names += ["data/train.jsonl", "train.jsonl", "repo", "Dataset"]
    croissant(p, data, "1.0", {
        "alternateName": [data.name, data.last.replace("-", " ").title()], "creator": {"@type": "Organization", "name": owner, "url": f"https://huggingface.co/{owner}"},
        "description": f"{data.name} dataset hosted on Hugging Face and contributed by the HF Datasets community", "keywords": ["English", "text"],
        "distribution": [
            {"@type": "cr:FileObject", "@id": "repo", "name": "repo", "description": "The Hugging Face git repository.",
             "contentUrl": f"{hub(data.name, True)}/tree/refs%2Fconvert%2Fparquet", "encodingFormat": "git+https", "sha256": "https://github.com/mlcommons/croissant/issues/80"},
            {"@type": "cr:FileSet", "@id": "parquet-files-for-config-default", "containedIn": {"@id": "repo"}, "encodingFormat": "application/x-parquet",
             "includes": "default/*/*.parquet"}],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "default", "field": [
            {"@type": "cr:Field", "@id": "default/text", "dataType": "sc:Text", "source": {"fileSet": {"@id": "parquet-files-for-config-default"}, "extract": {"column": "text"}}}]}]})
    p.card("", {"license": "cc-by-4.0", "pretty_name": data.last, "source_datasets": [f"extended|{source.name}"], "task_categories": ["text-classification"],
                "annotations_creators": ["no-annotation"], "size_categories": ["n<1K"]}, data)
    maker = p.thing("party", owner, "free", f"https://huggingface.co/{owner}")
    p.may(data, PARTY_RELATIONS, maker)
    p.say(data, "derived-from", source, "dataset card")


@case("fifth")
def sources_of_sources(p: Project) -> None:
    """Croissant 1.1: what it was derived from was itself derived from something, and made by somebody."""
    data, middle, first, maker, keeper = p.dataset("no"), p.dataset("no"), p.dataset(), p.party(), p.party()
    croissant(p, data, "1.1", {
        "creator": {"@type": "Organization", "name": keeper.name},
        "prov:wasDerivedFrom": {"@type": "prov:Entity", "@id": hub(middle.name, True), "prov:label": middle.name,
                                "prov:wasDerivedFrom": {"@type": "prov:Entity", "@id": hub(first.name, True), "prov:label": first.name},
                                "prov:wasAttributedTo": {"@type": "prov:Organization", "prov:label": maker.name}}})
    p.say(data, "derived-from", middle, "Croissant 1.1")
    p.say(data, MADE, keeper, "Croissant 1.1")
    p.say(middle, "derived-from", first, "Croissant 1.1")
    p.say(middle, PARTY_RELATIONS, maker, "Croissant 1.1")


@case("fifth")
def ring_of_two_formats(p: Project) -> None:
    """A set's Croissant names another as its basis, whose card names the first as its source."""
    first, second = p.dataset("free"), p.dataset("free")
    croissant(p, first, "1.1", {"prov:wasDerivedFrom": {"@id": hub(second.name, True), "prov:label": second.name}}, f"sets/{first.name}/", "croissant.json")
    first.names = [name for name in first.names if name not in (p.root.name, "data/train.csv", "train.csv")] + [f"sets/{first.name}"]
    p.card(f"sets/{second.name}/", {"license": "cc0-1.0", "pretty_name": second.last, "source_datasets": [first.name], "task_categories": ["text-generation"],
                                    "annotations_creators": ["no-annotation"]}, second)
    lines(p, f"sets/{second.name}/train.jsonl")
    second.names += [f"sets/{second.name}", f"sets/{second.name}/train.jsonl", "train.jsonl"]
    p.say(first, "derived-from", second, "Croissant 1.1")
    p.say(second, "derived-from", first, "dataset card")
    p.findings.append(CYCLE)


@case("fifth")
def translated_set(p: Project) -> None:
    """A card in two languages of a set that was translated; a usage example loads something else."""
    data, source, other = p.dataset("no"), p.dataset(), f"{p.pick('orgs')}/{p.pick('data')}"
    lines(p, "test.jsonl")
    data.names += [p.root.name, "test.jsonl", "Dataset", "test"]
    machine = p.thing("party", "machine-generated", "free")
    readme(p, "", ["language:", "- da", "- en", "license: cc-by-sa-4.0", "multilinguality: translation", "language_creators: [machine-generated]",
                   "annotations_creators:", "- no-annotation", "source_datasets:", f"- {source.name}", f"pretty_name: \"{data.last} på dansk\"", "task_categories:", "- question-answering",
                   "configs:", "- config_name: default", "  data_files:", "  - split: test", "    path: test.jsonl"], f"""
# {data.last} på dansk

Dette datasæt er en maskinoversat udgave af {md_link(source.name, True)}.

This dataset is a machine-translated version of {md_link(source.name, True)}.

## Combining it with others

```python
from datasets import concatenate_datasets, load_dataset

ours = load_dataset("{data.name}", split="test")
theirs = load_dataset("{other}", split="test")
both = concatenate_datasets([ours, theirs])
```
""")
    p.may(data, ("collected-by", "labelled-by"), machine)
    p.say(data, "derived-from", source, "dataset card")


@case("fifth")
def package_of_old(p: Project) -> None:
    """A data package of version 1, whose digests have no algorithm before them and so are MD5; one may be wrong."""
    word = p.pick("data").lower()
    data, source, publisher = p.thing("dataset", word, "no"), far_data(p), p.party()
    wrong = p.rng.random() < 0.4
    resources = []
    for name in ("train", "test"):
        path = table(p, f"csv/{name}.csv")
        data.names += [f"csv/{name}.csv", f"{name}.csv", name]
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        resources.append({"name": name, "path": f"csv/{name}.csv", "profile": "tabular-data-resource", "format": "csv", "bytes": path.stat().st_size,
                          "hash": p.rng.randbytes(16).hex() if wrong and name == "train" else digest,
                          "schema": {"fields": [{"name": "id", "type": "integer"}, {"name": "value", "type": "integer"}, {"name": "label", "type": "integer"}]}})
    data.names += [p.root.name]
    p.json("datapackage.json", {"name": word, "profile": "tabular-data-package", "licenses": [{"name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/"}],
                                "homepage": "https://example.org/data", "sources": [{"title": source.name, "path": hub(source.name, True)}],
                                "contributors": [{"title": publisher.name, "role": "publisher", "path": "https://example.org"}], "resources": resources})
    p.say(data, "derived-from", source, "data package")
    p.say(data, ("republished-by", "supplied-by"), publisher, "data package")
    if wrong:
        p.findings.append(CONTRADICTION)


# ---------------------------------------------------------------- cards that tools write

@case("fifth")
def factory_card(p: Project) -> None:
    """LLaMA-Factory's card: the text names a folder where the front matter names the base; data by short names."""
    model, place = simple_model(p)
    base = p.model("yes")
    sets = [p.thing("dataset", f"{p.pick('data').lower().replace('-', '_')}_{tail}", "yes") for tail in ("sft", "en")]
    local = f"/data/weights/{base.last}"
    readme(p, place, ["library_name: transformers", "license: other", f"base_model: {base.name}", "tags:", "- llama-factory", "- full", "- generated_from_trainer",
                      "model-index:", f"- name: {model.last}", "  results: []"], f"""
<!-- This model card has been generated automatically according to the information the Trainer had access to. You
should probably proofread and complete it, then remove this comment. -->

# {model.last}

This model is a fine-tuned version of [{local}](https://huggingface.co/{local}) on the {sets[0].name} and the {sets[1].name} datasets.

## Training procedure

### Training hyperparameters

The following hyperparameters were used during training:
- learning_rate: 1e-05
- lr_scheduler_type: cosine
- num_epochs: 3.0
""")
    base.names += [local, local.lstrip("/")]
    p.json(f"{place}all_results.json", {"epoch": 3.0, "train_loss": 0.71, "train_runtime": 812.4})
    p.say(model, TUNED, base, "model card")
    for data in sets:
        p.say(model, "trained-on", data, "model card")


@case("fifth")
def browser_export(p: Project) -> None:
    """Weights for the browser: the graph says nothing, the card and the configuration do."""
    base = p.model("yes")
    model = p.thing("model", f"{p.pick('orgs')}-onnx/{base.last}")
    place = p.home(model, True)
    for name in ("model", "model_quantized"):
        mf.onnx(p.root / f"{place}onnx/{name}.onnx", {}, {"dense_1": (16, 32), "dense_2": (32, 8)}, p.rng.randrange(1 << 30))
        model.names += [f"{place}onnx/{name}.onnx", f"{name}.onnx", f"onnx/{name}.onnx"]
    model.names.append(f"{place}onnx")
    model.names.append("onnx")
    p.config(place, "BertModel", _name_or_path=base.name)
    p.json(f"{place}quantize_config.json", {"per_channel": True, "reduce_range": True, "per_model_config": {"model": {"op_types": ["MatMul"], "weight_type": "QInt8"}}})
    readme(p, place, [f"base_model: {base.name}", "library_name: transformers.js", "pipeline_tag: feature-extraction"], f"""
{hub(base.name)} with ONNX weights to be compatible with Transformers.js.

## Usage (Transformers.js)

```js
import {{ pipeline }} from '@huggingface/transformers';

const extractor = await pipeline('feature-extraction', '{model.name}');
```

Note: Having a separate repo for ONNX weights is intended to be a temporary solution until WebML gains more traction.
""")
    p.say(model, CONVERTED, base, "model card")


@case("fifth")
def control_net(p: Project) -> None:
    """The card of a diffusers training script for a ControlNet, and the run's arguments."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, mf.convolutions(8, 3), name="diffusion_pytorch_model.safetensors")
    p.json(f"{place}config.json", {"_class_name": "ControlNetModel", "_diffusers_version": "0.32.1", "block_out_channels": [8, 8], "conditioning_channels": 3})
    readme(p, place, [f"base_model: {base.name}", "library_name: diffusers", "license: creativeml-openrail-m", "inference: true", "datasets:", f"- {data.name}", "tags:",
                      "- text-to-image", "- diffusers", "- controlnet", "- diffusers-training"], f"""
<!-- This model card has been generated automatically according to the information the training script had access to. You
should probably proofread and complete it, then remove this comment. -->

# controlnet-{model.name}

These are controlnet weights trained on {base.name} with new type of conditioning.
You can find some example images below.

prompt: a red boat

## Intended uses & limitations

#### How to use

```python
# TODO: add an example code snippet for running this diffusion pipeline
```
""")
    p.say(model, ("adapter-of", *TUNED), base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fifth")
def few_shot_classifier(p: Project) -> None:
    """A SetFit card: the body of the classifier is in the front matter, in the text and in the configuration."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, False)
    p.weights(place, model, mf.bert(32, 2, 128, prefix=""))
    p.config(place, "BertModel", _name_or_path=base.name)
    p.json(f"{place}config_setfit.json", {"labels": ["complaint", "praise"], "normalize_embeddings": False})
    p.json(f"{place}modules.json", [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}])
    readme(p, place, [f"base_model: {base.name}", "datasets:", f"- {data.name}", "library_name: setfit", "metrics:", "- accuracy", "pipeline_tag: text-classification", "tags:",
                      "- setfit", "- sentence-transformers", "- text-classification", "- generated_from_setfit_trainer", "widget:", "- text: The lift is broken again.",
                      "inference: true"], f"""
# SetFit with {base.name}

This is a [SetFit](https://github.com/huggingface/setfit) model trained on the {md_link(data.name, True)} dataset that can be used for Text Classification. This SetFit model uses {md_link(base.name)} as the Sentence Transformer embedding model. A [LogisticRegression](https://scikit-learn.org/stable/modules/generated/sklearn.linear_model.LogisticRegression.html) instance is used for classification.

## Model Details

### Model Description
- **Model Type:** SetFit
- **Sentence Transformer body:** {md_link(base.name)}
- **Classification head:** a LogisticRegression instance
- **Maximum Sequence Length:** 512 tokens
- **Number of Classes:** 2 classes
- **Training Dataset:** {md_link(data.name, True)}
<!-- - **Language:** Unknown -->

### Model Labels
| Label     | Examples |
|:----------|:---------|
| complaint | <ul><li>'Too loud.'</li></ul> |
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


# ---------------------------------------------------------------- cards that people write

@case("fifth")
def listed_data(p: Project) -> None:
    """Training sets and test sets as lists under their headings; nothing of it in the front matter."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, first, second, test = p.model("yes"), p.dataset(), p.dataset(), p.dataset("free")
    readme(p, place, ["license: apache-2.0", "language:", "- en", f"base_model: {base.name}"], f"""
# {model.last}

## Training data

The model was trained on the following datasets:

- {md_link(first.name, True)}
- {md_link(second.name, True)}

## Evaluation data

The model was evaluated on the following datasets:

- {md_link(test.name, True)}: accuracy 0.81
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", first, "model card")
    p.say(model, "trained-on", second, "model card")
    p.say(model, "evaluated-on", test, "model card")


@case("fifth")
def card_in_html(p: Project) -> None:
    """A table in HTML, as those write who centre their logos; a second table compares results."""
    model, place = simple_model(p)
    base, data = p.model("yes"), p.dataset()
    rivals = [unrelated(p), unrelated(p)]
    rows = "\n".join(f"  <tr><td><a href=\"{hub(rival)}\">{rival}</a></td><td>{p.rng.randrange(40, 70)}.1</td></tr>" for rival in rivals)
    readme(p, place, ["license: mit", "tags: [chat]"], f"""
<div align="center">
  <img src="assets/logo.png" width="180"/>
  <h1>{model.last}</h1>
</div>

<table>
  <tr><th>Base model</th><td><a href="{hub(base.name)}">{base.name}</a></td></tr>
  <tr><th>Training data</th><td><a href="{hub(data.name, True)}">{data.name}</a></td></tr>
  <tr><th>Context length</th><td>8192</td></tr>
</table>

## Results

<table>
  <tr><th>Model</th><th>Score</th></tr>
{rows}
  <tr><td><b>{model.last}</b></td><td>71.9</td></tr>
</table>
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fifth")
def teacher_and_start(p: Project) -> None:
    """A student that was started from one model and taught by another."""
    model, place = simple_model(p)
    base, teacher, data = p.model("yes"), p.model("yes"), p.dataset()
    readme(p, place, ["license: mit", f"base_model: {base.name}", "datasets:", f"- {data.name}", "tags: [distillation]"], f"""
# {model.last}

The weights were initialised from {md_link(base.name)}. {p.rng.choice((
        f"{model.last} was then distilled from {md_link(teacher.name)} on {md_link(data.name, True)}.",
        f"This model is distilled from {md_link(teacher.name)}, whose logits it learnt to match on {md_link(data.name, True)}."))}
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, ("distilled-from", "derived-from"), teacher, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fifth")
def denials(p: Project) -> None:
    """What the model was not made of, what other models were made of, what the data was cleaned of."""
    model, place = simple_model(p)
    base, data = p.model("yes"), p.dataset()
    cousin, origin, rival = p.model("free"), p.model("free"), unrelated(p)
    held, never = p.dataset("free"), f"{p.pick('orgs')}/{p.pick('data')}"
    readme(p, place, ["license: apache-2.0", f"base_model: {base.name}", "base_model_relation: finetune", "datasets:", f"- {data.name}"], f"""
# {model.last}

## FAQ

**Is this the same as {md_link(rival)}?** No. The two have nothing in common; it is not based on {rival}.

**Did it see {md_link(never, True)}?** No, the model was not trained on {never}.

**Is the test set clean?** The training data was decontaminated against {md_link(held.name, True)}.

**How does it differ from {cousin.name}?** That model was fine-tuned from {md_link(origin.name)}; ours was not.

## Requirements

- transformers>=4.45
- A draft model such as {md_link(rival)} for speculative decoding (optional)
""")
    p.may(cousin, ANY_ORIGIN, origin)
    p.may(model, ("evaluated-on",), held)
    p.allowed_findings.add(GAP)
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fifth")
def foreign_front(p: Project) -> None:
    """Front matter with many other keys, prompts with colons and names, text in Japanese."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, data, other = p.model("yes"), p.dataset(), unrelated(p)
    readme(p, place, ["language:", "- ja", "thumbnail: https://example.com/画像.png", "extra_gated_prompt: >-", "  By using this model you accept", f"  the terms of {other}.",
                      "extra_gated_fields:", "  Company: text", "  base_model I intend to use: text", "widget:", f"- text: \"base_model: {other} とは何ですか\"",
                      "  example_title: 質問", "inference:", "  parameters:", "    temperature: 0.7", "datasets:", f"- {data.name}",
                      "base_model:", f"- {base.name}", "license: llama3", "co2_eq_emissions:", "  emissions: 120", "  source: CodeCarbon", "  training_type: fine-tuning"], f"""
# {model.last}

日本語の指示に従う言語モデルです。{md_link(base.name)} を追加学習しました。

## 使い方

```python
from transformers import pipeline
pipe = pipeline("text-generation", model="{model.name}")
```
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fifth")
def program_that_uses_models(p: Project) -> None:
    """The source of a service: it loads models from the hub and contains none. Nothing to trace."""
    first, second = unrelated(p), unrelated(p)
    data = f"{p.pick('orgs')}/{p.pick('data')}"
    p.write("README.md", f"# Search service\n\nAnswers questions about our handbook.\n\n## Setup\n\n```bash\npip install -r requirements.txt\n"
                         f"hf download {first}\n```\n\nSet `EMBEDDER={second}` to use another encoder.\n")
    p.write("requirements.txt", "transformers==4.46.0\nsentence-transformers==3.3.0\nfastapi\n")
    p.write("app/main.py", f"from transformers import AutoModel\n\nencoder = AutoModel.from_pretrained(\"{first}\")\n# tested with load_dataset(\"{data}\")\n")
    p.write("docker-compose.yml", f"services:\n  api:\n    build: .\n    environment:\n      EMBEDDER: {second}\n    ports: ['8000:8000']\n")
    p.json("package.json", {"name": "search-ui", "version": "0.3.0", "dependencies": {"react": "^18.3.0"}})


# ---------------------------------------------------------------- configurations

@case("fifth")
def trainer_file(p: Project) -> None:
    """An adapter with the YAML file it was trained by, some lines of which are commented out."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, p.rng.random() < 0.5)
    adapter_files(p, place, model, base.name)
    gone = f"{p.pick('orgs')}/{p.pick('data')}"
    p.write(f"{place}{p.rng.choice(('axolotl_config.yaml', 'axolotl.yml', 'config.yaml'))}", f"""\
base_model: {base.name}
# base_model: {unrelated(p)}
load_in_8bit: true
adapter: lora
lora_r: 8
lora_alpha: 16
lora_target_modules: [q_proj, v_proj]
datasets:
  - path: {data.name}
    type: completion
#  - path: {gone}
#    type: alpaca
dataset_prepared_path: last_run_prepared
val_set_size: 0.05
output_dir: ./out
wandb_project: trials
micro_batch_size: 2
num_epochs: 4
""")
    p.say(model, "adapter-of", base, "adapter_config")
    p.say(model, "trained-on", data, "training configuration")


@case("fifth")
def pictures_and_words(p: Project) -> None:
    """A model that sees: its card names both halves, its configuration where each was loaded from."""
    model, words, eyes, data = p.model(), p.model("yes"), p.model("yes"), p.dataset()
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, {**mf.llama(32, 2, 128, prefix="language_model.model."), **mf.bert(32, 2, 128, prefix="vision_tower.vision_model."),
                             "multi_modal_projector.linear_1.weight": ("BF16", (32, 32))})
    p.json(f"{place}config.json", {"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava", "projector_hidden_act": "gelu",
                                   "text_config": {"_name_or_path": words.name, "model_type": "llama", "hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 128},
                                   "vision_config": {"_name_or_path": eyes.name, "model_type": "clip_vision_model", "hidden_size": 32, "num_hidden_layers": 2}})
    p.card(place, {"base_model": [words.name, eyes.name], "datasets": [data.name], "pipeline_tag": "image-text-to-text", "license": "mit"}, model)
    p.say(model, ("merged-from", *TUNED), words, "model card")
    p.say(model, ("merged-from", *TUNED), eyes, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fifth")
def borrowed_tokenizer(p: Project) -> None:
    """The tokeniser and the generation settings were taken from another model than the weights: no contradiction."""
    base, data, lender = p.model("yes"), p.dataset(), p.model("free")
    model, place = simple_model(p, p.rng.random() < 0.5, _name_or_path=base.name)
    p.json(f"{place}tokenizer_config.json", {"name_or_path": lender.name, "tokenizer_class": "LlamaTokenizerFast", "model_max_length": 4096, "bos_token": "<s>",
                                             "added_tokens_decoder": {"0": {"content": "<unk>", "special": True}}})
    p.json(f"{place}special_tokens_map.json", {"bos_token": "<s>", "eos_token": "</s>"})
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "datasets": [data.name], "license": "mit"}, model)
    p.may(model, RELATIONS, lender)
    p.allowed_findings.add(GAP)
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fifth")
def repack_beside(p: Project) -> None:
    """A fine-tune and its packed copy; the copy's configuration still names the fine-tune's base and its calibration text."""
    base, tuned, packed, data = p.model("yes"), p.model(), p.model(), p.dataset()
    layout = p.rng.random() < 0.5
    place, home = ((in_cache(p, thing) if layout else p.home(thing, True)) for thing in (tuned, packed))
    p.weights(place, tuned, mf.llama(32, 2, 128))
    sized(p, place, 32, 2, 128, _name_or_path=base.name)
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "datasets": [data.name], "license": "mit"}, tuned)
    p.weights(home, packed, mf.gptq(mf.llama(32, 2, 128)))
    sized(p, home, 32, 2, 128, _name_or_path=base.name, quantization_config={"bits": 4, "group_size": 128, "quant_method": "gptq", "dataset": "wikitext2", "tokenizer": tuned.name,
                                                                           "desc_act": True, "sym": True})
    spelt = p.rng.choice((tuned.name, tuned.name.lower(), hub(tuned.name)))
    p.card(home, {"base_model": spelt, "base_model_relation": "quantized", "license": "mit"}, packed)
    calibration = p.thing("dataset", "wikitext2", "free")
    p.may(packed, RELATIONS, calibration)
    p.may(packed, ANY_ORIGIN, base)
    p.say(tuned, "fine-tuned-from", base, "model card")
    p.say(tuned, "trained-on", data, "model card")
    p.say(packed, "quantized-from", tuned, "model card")


@case("fifth")
def merge_in_stages(p: Project) -> None:
    """A recipe of several documents, of which the last one takes in what the first one makes; the card lists what went in."""
    model, place = simple_model(p)
    first, second, third = p.model("yes"), p.model("yes"), p.model("yes")
    stage = p.thing("model", "stage-one", "free")
    p.write(f"{place}mergekit_config.yml", f"""\
name: stage-one
models:
  - model: {first.name}
  - model: {second.name}
merge_method: slerp
base_model: {first.name}
parameters:
  t: 0.4
dtype: bfloat16
---
name: {model.last}
models:
  - model: stage-one
  - model: {third.name}
merge_method: linear
parameters:
  weight: 0.5
dtype: bfloat16
""")
    p.card(place, {"base_model": [first.name, second.name, third.name], "base_model_relation": "merge", "tags": ["mergekit", "merge"]}, model)
    p.may(model, ANY_ORIGIN, stage)
    for base in (first, second):
        p.may(stage, ANY_ORIGIN, base)
    p.allowed_findings.add(GAP)
    for base in (first, second, third):
        p.say(model, "merged-from", base, "model card")


@case("fifth")
def eyes_apart(p: Project) -> None:
    """A GGUF and the projector that goes with it, of one base."""
    base = p.model("yes")
    model = p.thing("model", f"{p.pick('orgs')}/{base.last}-gguf-pack")
    place = p.home(model, p.rng.random() < 0.5)
    org, _, last = base.name.partition("/")
    fields = {"general.base_model.count": 1, "general.base_model.0.name": last, "general.base_model.0.organization": org, "general.base_model.0.repo_url": hub(base.name)}
    file = f"{base.last}-q8_0.gguf"
    mf.gguf(p.root / f"{place}{file}", gguf_header(p, model, fields), mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [f"{place}{file}", file, file.removesuffix(".gguf")]
    eyes = p.thing("model", f"{place}mmproj-f16.gguf" if place else "mmproj-f16.gguf", "free", "mmproj-f16", "mmproj-f16.gguf", "projector")
    mf.gguf(p.root / f"{place}mmproj-f16.gguf", {"general.architecture": "clip", "general.type": "mmproj", "general.name": "projector", "general.file_type": 1, **fields,
                                                "clip.has_vision_encoder": True, "clip.projector_type": "mlp", "clip.vision.embedding_length": 32},
            {"mm.0.weight": ("F32", (64, 32)), "v.patch_embd.weight": ("F32", (32, 32))}, False, p.rng.randrange(1 << 30))
    p.card(place, {"base_model": base.name, "base_model_relation": "quantized", "pipeline_tag": "image-text-to-text"}, model)
    p.may(eyes, ANY_ORIGIN, base)
    p.may(model, RELATIONS, eyes)
    p.may(eyes, RELATIONS, model)
    p.say(model, "quantized-from", base, "model card")


@case("fifth")
def lora_header(p: Project) -> None:
    """A picture LoRA whose header names a model of the hub: the same as its card, or another."""
    model, base = p.model(), p.model()
    place = p.home(model, p.rng.random() < 0.5)
    wrong = p.rng.random() < 0.5
    said = p.model() if wrong else base
    p.weights(place, model, {f"lora_unet_{block}_attn.{way}.weight": ("F16", shape) for block in ("down_0", "up_0") for way, shape in
                             (("lora_down", (8, 32)), ("lora_up", (32, 8)))}, {
        "ss_network_module": "networks.lora", "ss_network_dim": "8", "ss_network_alpha": "8", "ss_sd_model_name": base.name, "ss_base_model_version": "sdxl_base_v1-0",
        "ss_output_name": model.last, "ss_num_train_images": "60", "ss_tag_frequency": json.dumps({"set": {"a boat": 12, "harbour": 3}}),
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora", "modelspec.title": model.last}, name=f"{model.last}.safetensors")
    p.card(place, {"base_model": said.name, "base_model_relation": "adapter", "tags": ["text-to-image", "lora", "diffusers"], "instance_prompt": "a boat", "license": "mit"}, model)
    if wrong:
        p.allowed_findings.add(GAP)
        contradiction(p, model, base, said)
    else:
        base.gap = "yes"
        p.say(model, "adapter-of", base, "model card")


@case("fifth")
def stages_for_each(p: Project) -> None:
    """A pipeline with one stage for each language, as its lock tells: two sets, two models."""
    p.write("src/fit.py", "print('fit')\n")
    script = p.thing("code", "src/fit.py", "free", "fit.py")
    words = []
    for language in p.rng.sample(("en", "sv", "hi", "yo"), 2):
        data = p.thing("dataset", f"corpora/{language}/text.jsonl", "free", f"corpora/{language}")
        model = p.thing("model", f"out/{language}/weights.safetensors", "no", f"out/{language}")
        lines(p, data.name)
        p.weights(f"out/{language}/", model, mf.llama(32, 2, 128), name="weights.safetensors")
        model.names = [name for name in dict.fromkeys(model.names) if name != "weights.safetensors"]
        entries = {path: (hashlib.md5((p.root / path).read_bytes()).hexdigest(), (p.root / path).stat().st_size) for path in (data.name, "src/fit.py", model.name)}

        def entry(path: str) -> str:
            return f"    - path: {path}\n      hash: md5\n      md5: {entries[path][0]}\n      size: {entries[path][1]}\n"

        words.append(f"  fit@{language}:\n    cmd: python src/fit.py {language}\n    deps:\n{entry(data.name)}{entry('src/fit.py')}    outs:\n{entry(model.name)}")
        p.say(model, USED, data, "dvc.lock")
        p.may(model, RELATIONS, script)
    p.allowed_findings.add(GAP)
    p.write("dvc.lock", "schema: '2.0'\nstages:\n" + "".join(words))
    listed = ", ".join(word.split("@")[1].split(":")[0] for word in words)
    p.write("dvc.yaml", f"stages:\n  fit:\n    foreach: [{listed}]\n    do:\n      cmd: python src/fit.py ${{item}}\n      deps:\n      - corpora/${{item}}/text.jsonl\n      - src/fit.py\n"
                        "      outs:\n      - out/${item}/weights.safetensors\n")


@case("fifth")
def linked_cache(p: Project) -> None:
    """The hub's cache as it is on disk: files are links to blobs, and a model has two revisions that say the same."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    root = f"cache/hub/models--{model.name.replace('/', '--')}"
    model.names += [root, root.split("/")[-1]]
    for number in range(2):
        revision = p.rng.randbytes(20).hex()
        place = f"{root}/snapshots/{revision}/"
        made = mf.safetensors(p.root / "made.tmp", mf.llama(32, 2, 128), {"format": "pt"}, p.rng.randrange(1 << 30))
        files = {"model.safetensors": made.read_bytes(), "config.json": json.dumps({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32,
                                                                                    "num_hidden_layers": 2, "vocab_size": 128}).encode(),
                 "README.md": f"---\nlicense: mit\nbase_model: {base.name}\ndatasets:\n- {data.name}\n---\n\n# {model.last}\n\nRevision {number + 1}.\n".encode()}
        made.unlink()
        for name, content in files.items():
            digest = hashlib.sha256(content).hexdigest() if name.endswith("safetensors") else hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            p.write(f"{root}/blobs/{digest}", content)
            (p.root / place).mkdir(parents=True, exist_ok=True)
            (p.root / place / name).symlink_to(f"../../blobs/{digest}")
            model.names += [f"{place}{name}", f"{root}/blobs/{digest}", digest] if name.endswith("safetensors") else []
        model.names += [place.rstrip("/"), revision]
        p.write(f"{root}/refs/{'main' if number else 'v1'}", revision)
    model.names.append("model.safetensors")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


# ---------------------------------------------------------------- weights


@case("fifth")
def merge_that_cannot_be(p: Project) -> None:
    """An average of two models that lie beside it, which are of one size, or one of which is far wider."""
    first, second, merged = p.model(), p.model(), p.model()
    wrong = p.rng.random() < 0.5
    for model, size in ((first, (32, 2, 128)), (second, (64, 6, 128) if wrong else (32, 2, 128))):
        place, data = p.home(model, True), p.dataset()
        p.weights(place, model, mf.llama(*size))
        sized(p, place, *size)
        p.card(place, {"license": "mit", "datasets": [data.name]}, model)
        p.say(model, "trained-on", data, "model card")
    place = nested(p, merged)
    p.card(place, {"base_model": [first.name, second.name], "base_model_relation": "merge", "tags": ["merge"]}, merged,
           body="The average of the weights of both.")
    p.write(f"{place}mergekit_config.yml", f"models:\n- model: {first.name}\n  parameters: {{weight: 0.5}}\n- model: {second.name}\n  parameters: {{weight: 0.5}}\n"
                                           "merge_method: linear\ndtype: bfloat16\n")
    p.say(merged, "merged-from", first, "mergekit")
    p.say(merged, "merged-from", second, "mergekit")
    if wrong:
        p.findings.append(CONTRADICTION)


@case("fifth")
def stacked_on_itself(p: Project) -> None:
    """A model made deeper by repeating the layers of the one beside it: more layers, and no contradiction."""
    base, model, data = p.model(), p.model(), p.dataset()
    place, home = p.home(base, True), p.home(model, True)
    p.weights(place, base, mf.llama(32, 2, 128))
    sized(p, place, 32, 2, 128)
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    p.weights(home, model, mf.llama(32, 3, 128))
    sized(p, home, 32, 3, 128)
    p.write(f"{home}mergekit_config.yml", f"slices:\n- sources:\n  - model: {base.name}\n    layer_range: [0, 2]\n- sources:\n  - model: {base.name}\n    layer_range: [1, 2]\n"
                                          "merge_method: passthrough\ndtype: bfloat16\n")
    p.card(home, {"base_model": base.name, "tags": ["mergekit", "merge"], "license": "mit"}, model, body="Depth up-scaled: the last layer is there twice.")
    p.say(base, "trained-on", data, "model card")
    p.say(model, ("merged-from", *TUNED), base, "mergekit")


@case("fifth")
def smaller_student(p: Project) -> None:
    """A student with fewer layers than the teacher beside it: that is what distillation is for."""
    teacher, model, data = p.model(), p.model(), p.dataset()
    place, home = p.home(teacher, True), p.home(model, True)
    p.weights(place, teacher, mf.bert(32, 4, 128))
    p.config(place, "BertModel")
    p.card(place, {"license": "mit", "datasets": [data.name]}, teacher)
    p.weights(home, model, mf.bert(32, 2, 128))
    p.config(home, "BertModel")
    readme(p, home, ["license: mit", "tags: [distillation]"], f"# {model.last}\n\nThis model is a distilled version of {md_link(teacher.name)}. It has half as many layers.")
    p.say(teacher, "trained-on", data, "model card")
    p.say(model, ("distilled-from", "derived-from"), teacher, "model card")


# ---------------------------------------------------------------- bills of materials

def cdx(p: Project, version: str, place: str, **others: object) -> None:
    p.json(place, {"$schema": f"http://cyclonedx.org/schema/bom-{version}.schema.json", "bomFormat": "CycloneDX", "specVersion": version,
                   "serialNumber": f"urn:uuid:9b1f70c2-5d7b-4c0e-8a55-{p.rng.randbytes(6).hex()}", "version": 1, **others})


def part(thing: Thing, kind: str = "machine-learning-model", **others: object) -> dict:
    """A component known by its package address."""
    org, _, last = thing.name.partition("/")
    purl = f"pkg:huggingface/{thing.name}@1"
    thing.names += [purl, f"pkg:huggingface/{thing.name}"]
    return {"type": kind, "bom-ref": purl, "group": org, "name": last, "version": "1", "purl": purl, **others}


@case("fifth")
def service_and_model(p: Project) -> None:
    """The bill of a service: the model is a part of a part of it, with its base and data; libraries are no lineage."""
    model, base, data, supplier = p.model(), far_model(p), far_data(p), p.party()
    stored = part(data, "data", data=[{"type": "dataset", "name": data.name, "contents": {"url": hub(data.name, True)}}])
    inner = part(model, supplier={"name": supplier.name}, pedigree={"ancestors": [part(base)]},
                 modelCard={"modelParameters": {"task": "text-classification", "datasets": [{"ref": stored["bom-ref"]}]}},
                 externalReferences=[{"type": "documentation", "url": f"https://huggingface.co/{model.name}"}])
    worker = {"type": "application", "bom-ref": "worker", "name": "ranking-worker", "version": "4.2",
              "components": [inner, {"type": "library", "bom-ref": "pkg:pypi/onnxruntime@1.19.0", "name": "onnxruntime", "version": "1.19.0", "purl": "pkg:pypi/onnxruntime@1.19.0"}]}
    cdx(p, p.rng.choice(("1.5", "1.6", "1.7")), p.rng.choice(("bom.json", "sbom.cdx.json", "sbom/service.cdx.json")),
        metadata={"component": {"type": "application", "bom-ref": "shop", "name": "web-shop", "version": "9"}}, components=[worker, stored],
        dependencies=[{"ref": "shop", "dependsOn": ["worker"]}, {"ref": "worker", "dependsOn": [inner["bom-ref"], "pkg:pypi/onnxruntime@1.19.0"]},
                      {"ref": inner["bom-ref"], "dependsOn": [stored["bom-ref"]]}])
    for name in ("ranking-worker", "web-shop"):
        p.may(p.thing("code", name, "free", "worker" if name.startswith("r") else "shop"), RELATIONS, model)
    p.may(model, ("derived-from",), data)               # what depends on it
    p.say(model, TUNED, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, "supplied-by", supplier, "CycloneDX")


@case("fifth")
def bill_of_other_bytes(p: Project) -> None:
    """The bill's digest of the weights is the file's, or that of other bytes."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, wrong = far_model(p), p.rng.random() < 0.5
    weights = p.root / f"{place}model.safetensors"
    digest = p.rng.randbytes(32).hex() if wrong else sha256(weights)
    file = {"type": "file", "bom-ref": "weights", "name": f"{place}model.safetensors", "hashes": [{"alg": "SHA-256", "content": digest}]}
    entry = part(model, pedigree={"ancestors": [part(base)]}, components=[file], hashes=[{"alg": "SHA-256", "content": digest}])
    cdx(p, p.rng.choice(("1.5", "1.6")), "bom.json", metadata={"component": entry}, components=[])
    p.card(place, {"base_model": base.name, "license": "mit"}, model)
    model.names.append("weights")
    if wrong:
        p.may(model, ANY_ORIGIN, base)
        p.findings.append(CONTRADICTION)
    else:
        p.say(model, TUNED, base, "CycloneDX")


@case("fifth")
def early_xml(p: Project) -> None:
    """XML from before there were components for models: a file, its ancestor and its author, in two nested lists."""
    model, base, supplier, publisher = p.model(), far_model(p), p.party(), p.party()
    (org, _, last), (base_org, _, base_last) = model.name.partition("/"), base.name.partition("/")
    for thing in (model, base):
        thing.names += [f"pkg:huggingface/{thing.name}@main", f"pkg:huggingface/{thing.name}"]
    p.write(p.rng.choice(("bom.xml", "sbom/bom.xml", "image.cdx.xml")), f"""<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" serialNumber="urn:uuid:1a9cf2d4-77a0-4e7b-9b5e-{p.rng.randbytes(6).hex()}" version="1">
  <metadata>
    <timestamp>2024-02-01T08:00:00Z</timestamp>
    <component type="container" bom-ref="image"><name>inference-image</name><version>7</version></component>
  </metadata>
  <components>
    <component type="library" bom-ref="pkg:pypi/vllm@0.6.1">
      <group></group>
      <name>vllm</name>
      <version>0.6.1</version>
      <purl>pkg:pypi/vllm@0.6.1</purl>
    </component>
    <component type="file" bom-ref="pkg:huggingface/{model.name}@main">
      <supplier><name>{supplier.name}</name><url>https://example.com</url></supplier>
      <publisher>{publisher.name}</publisher>
      <group>{org}</group>
      <name>{last}</name>
      <version>main</version>
      <description>Weights &amp; tokenizer</description>
      <purl>pkg:huggingface/{model.name}@main</purl>
      <pedigree>
        <ancestors>
          <component type="file" bom-ref="pkg:huggingface/{base.name}@main">
            <group>{base_org}</group>
            <name>{base_last}</name>
            <version>main</version>
            <purl>pkg:huggingface/{base.name}@main</purl>
          </component>
        </ancestors>
        <notes>Instruction-tuned in house.</notes>
      </pedigree>
    </component>
  </components>
  <dependencies>
    <dependency ref="image"><dependency ref="pkg:pypi/vllm@0.6.1"/><dependency ref="pkg:huggingface/{model.name}@main"/></dependency>
  </dependencies>
</bom>
""")
    image = p.thing("code", "inference-image", "free", "image")
    p.may(image, RELATIONS, model)
    p.say(model, ANY_ORIGIN, base, "CycloneDX")
    p.say(model, "supplied-by", supplier, "CycloneDX")
    p.say(model, ("republished-by", "supplied-by", "built-by"), publisher, "CycloneDX")


@case("fifth")
def spdx_with_people(p: Project) -> None:
    """SPDX 3: a person who made the data, a dataset made from another, tests in a scoped relationship, licences and tools aside."""
    model, data, raw, test = p.model("free"), far_data(p), far_data(p), far_data(p)
    supplier, person = p.party(), p.party()
    d = Spdx(p)
    company = d.add(supplier)
    human = f"{d.space}human"
    d.graph.append({"type": "Person", "spdxId": human, "creationInfo": "_:info", "name": person.name})
    person.names.append(human)
    node = d.add(model, suppliedBy=company, ai_domain=["retail"], ai_safetyRiskAssessment="low", ai_hyperparameter=[
        {"type": "DictionaryEntry", "key": "base_lr", "value": "0.001"}])
    cleaned = d.add(data, originatedBy=[human], dataset_dataCollectionProcess="Collected in shops.", dataset_datasetType=["text"], dataset_intendedUse="training")
    origin, tests = d.add(raw, dataset_datasetType=["text"]), d.add(test, dataset_datasetType=["text"])
    d.relate(node, "trainedOn", cleaned)
    d.graph.append({"type": "LifecycleScopedRelationship", "spdxId": d.space + "scoped", "creationInfo": "_:info", "from": node, "relationshipType": "testedOn", "to": [tests],
                    "scope": "test", "completeness": "complete"})
    d.relate(cleaned, "descendantOf", origin)
    d.graph.append({"type": "software_Package", "spdxId": d.space + "torch", "creationInfo": "_:info", "name": "torch", "software_packageVersion": "2.5.0"})
    d.relate(node, "dependsOn", d.space + "torch")
    d.graph.append({"type": "simplelicensing_LicenseExpression", "spdxId": d.space + "mit", "creationInfo": "_:info", "simplelicensing_licenseExpression": "MIT"})
    d.relate(node, "hasConcludedLicense", d.space + "mit")
    d.write(node)
    torch = p.thing("code", "torch", "free", d.space + "torch")
    p.may(model, RELATIONS, torch)
    p.say(model, "trained-on", data, "SPDX")
    p.say(model, "evaluated-on", test, "SPDX")
    p.say(data, ("derived-from", "trained-on"), raw, "SPDX")
    p.say(model, "supplied-by", supplier, "SPDX")
    p.say(data, MADE, person, "SPDX")


@case("fifth")
def spdx_files_and_copies(p: Project) -> None:
    """SPDX 2.3 about a model here: its package contains the file, descends from one model and only varies another; tools and libraries aside."""
    model = p.model()
    place = p.home(model, True)
    p.weights(place, model, mf.llama(32, 2, 128))
    p.config(place)
    base, sibling, supplier = far_model(p), far_model(p), p.party()
    weights = p.root / f"{place}model.safetensors"

    def package(thing: Thing, ref: str, **others: object) -> dict:
        thing.names += [ref, f"pkg:huggingface/{thing.name}"]
        return {"SPDXID": ref, "name": thing.name, "downloadLocation": hub(thing.name), "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT",
                "copyrightText": "NOASSERTION", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:huggingface/{thing.name}"}], **others}

    packages = [package(model, "SPDXRef-Model", supplier=f"Organization: {supplier.name}", primaryPackagePurpose="OTHER"), package(base, "SPDXRef-Base"),
                package(sibling, "SPDXRef-Sibling"),
                {"SPDXID": "SPDXRef-Lib", "name": "safetensors", "versionInfo": "0.4.5", "downloadLocation": "NOASSERTION", "filesAnalyzed": False}]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Model"), ("SPDXRef-Model", "CONTAINS", "SPDXRef-Weights"), ("SPDXRef-Model", "DESCENDANT_OF", "SPDXRef-Base"),
                 ("SPDXRef-Sibling", "VARIANT_OF", "SPDXRef-Model"), ("SPDXRef-Model", "DEPENDS_ON", "SPDXRef-Lib"), ("SPDXRef-Lib", "BUILD_TOOL_OF", "SPDXRef-Model")]
    p.json("sbom/model.spdx.json", {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "release", "documentNamespace": f"https://spdx.example/{p.rng.randbytes(8).hex()}",
        "creationInfo": {"created": "2025-07-01T00:00:00Z", "creators": ["Tool: bom-tool-2", "Organization: Somebody"]}, "packages": packages,
        "files": [{"SPDXID": "SPDXRef-Weights", "fileName": f"./{place}model.safetensors", "checksums": [{"algorithm": "SHA256", "checksumValue": sha256(weights)}],
                   "fileTypes": ["BINARY"], "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"}],
        "relationships": [{"spdxElementId": start, "relationshipType": kind, "relatedSpdxElement": end} for start, kind, end in relations]})
    model.names.append("SPDXRef-Weights")
    library = p.thing("code", "safetensors", "free", "SPDXRef-Lib")
    p.may(model, RELATIONS, library)
    p.may(sibling, ANY_ORIGIN, model)
    p.say(model, ANY_ORIGIN, base, "SPDX")
    p.say(model, "supplied-by", supplier, "SPDX")


@case("fifth")
def bill_and_card_ring(p: Project) -> None:
    """A bill says that the first descends from the second; the second's card says that it was tuned from the first."""
    first, second = p.model(), p.model()
    nested(p, first)
    place = nested(p, second)
    p.card(place, {"base_model": first.name, "base_model_relation": "finetune", "license": "mit"}, second)
    if p.rng.random() < 0.5:
        cdx(p, "1.6", "bom.json", metadata={"component": part(first, pedigree={"ancestors": [part(second)]})}, components=[])
        carrier = "CycloneDX"
    else:
        d = Spdx(p)
        node = d.add(first)
        d.relate(node, "descendantOf", d.add(second))
        d.write(node)
        carrier = "SPDX"
    p.say(first, ANY_ORIGIN, second, carrier)
    p.say(second, "fine-tuned-from", first, "model card")
    p.findings.append(CYCLE)


@case("fifth")
def header_against_bill(p: Project) -> None:
    """A GGUF's header names one base, the bill that has the file's digest another."""
    model, written, listed = p.model(), p.model(), p.model()
    place = p.home(model, False)
    org, _, last = written.name.partition("/")
    file = f"{model.last}-Q8_0.gguf"
    path = mf.gguf(p.root / f"{place}{file}", gguf_header(p, model, {
        "general.base_model.count": 1, "general.base_model.0.name": last, "general.base_model.0.organization": org, "general.base_model.0.repo_url": hub(written.name)}),
        mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [file, file.removesuffix(".gguf")]
    cdx(p, "1.6", "bom.cdx.json", metadata={"component": part(model, hashes=[{"alg": "SHA-256", "content": sha256(path)}], pedigree={"ancestors": [part(listed)]})}, components=[])
    p.card(place, {"license": "mit", "library_name": "gguf", "base_model": written.name}, model)
    p.allowed_findings.add(GAP)
    contradiction(p, model, written, listed)


@case("fifth")
def diamond_of_formats(p: Project) -> None:
    """Two fine-tunes of one base, known by a card and by a bill in other letter case, merged again: no ring, no contradiction."""
    root, left, right, merged, data = p.model(), p.model(), p.model(), p.model(), p.dataset()
    place = nested(p, root)
    p.card(place, {"license": "mit", "datasets": [data.name]}, root)
    place = nested(p, left)
    p.card(place, {"base_model": root.name.lower(), "base_model_relation": "finetune", "license": "mit"}, left)
    nested(p, right, _name_or_path=root.name)
    cdx(p, "1.5", "sbom/right.cdx.json", metadata={"component": part(right, pedigree={"ancestors": [part(root)]})}, components=[])
    place = nested(p, merged)
    p.write(f"{place}mergekit_config.yaml" if p.rng.random() < 0.3 else f"{place}mergekit_config.yml",
            f"merge_method: ties\nbase_model: {root.name}\nmodels:\n  - {{model: {left.name}, parameters: {{density: 0.5, weight: 0.5}}}}\n"
            f"  - {{model: {right.name}, parameters: {{density: 0.5, weight: 0.5}}}}\ndtype: float16\n")
    p.say(root, "trained-on", data, "model card")
    p.say(left, "fine-tuned-from", root, "model card")
    p.say(right, TUNED, root, "CycloneDX")
    p.say(merged, "merged-from", left, "mergekit")
    p.say(merged, "merged-from", right, "mergekit")
    p.say(merged, ("merged-from", *TUNED), root, "mergekit")
