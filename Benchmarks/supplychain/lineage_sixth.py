"""Kinds of project of the sixth part, which was an evaluation half once."""

from __future__ import annotations

import base64
import hashlib
import json

import modelfiles as mf
from lineage_fifth import CONVERTED, MADE, USED, cdx, code_of, folder_digest, in_cache, md_link, nested, part, sized, table, v02, v1
from lineage_fourth import adapter_files, builder_of, far_data, far_model, lines, readme, split, unrelated
from lineage_projects import (
    ANY_ORIGIN, CONTRADICTION, CYCLE, GAP, RELATIONS, TUNED, WORDS, Project, Thing,
    bundle, case, contradiction, croissant, gguf_header, hub, sealed, sha256, simple_model, subject,
)

WORDS["sixth"] = {
    "orgs": ("harrowgate-ai", "Lumiere-Sud", "pebble_grove", "NordhavnML", "stillwater.ai", "Kaiyote", "amberline-research", "VoltereLab"),
    "models": ("Gossamer", "pumice", "Sirocco", "Anvil", "juncture", "Marigold", "Tessera", "hazel", "Corvid", "Oriole", "Sable", "Fjordling"),
    "data": ("lighthouse-logs", "GrantLetters", "bakery-orders", "dune-photos", "CareChats", "tram-delays", "proverb-pairs", "orchard-scans",
             "StoreReviews", "bridge-reports"),
    "parties": ("Dakar Annotation Works", "Turku Language Office", "Silverpine College", "Anotar Lda", "Imani Castellanos", "Estuary Records Trust"),
    "builders": ("https://ci.harrowgate.example/pools/h200", "https://builder.pebblegrove.example/chains/v3"),
}

PUBLISHED = ("republished-by", "supplied-by")
LLAMA = (32, 2, 128)


# ---------------------------------------------------------------- what the kinds share

def put(p: Project, model: Thing, folder: str) -> str:
    """A model's place in a folder of any name."""
    model.names += [folder, folder.split("/")[-1]]
    return f"{folder}/"


def commit_of(p: Project) -> str:
    return p.rng.randbytes(20).hex()


def hub_material(p: Project, thing: Thing, **others: object) -> dict:
    """A repository of the hub at a commit."""
    commit, data = commit_of(p), thing.kind == "dataset"
    where = f"datasets/{thing.name}" if data else thing.name
    uri = p.rng.choice((f"pkg:huggingface/{where}@{commit}", f"hf://{where}@{commit}", f"https://huggingface.co/{where}/tree/{commit}"))
    thing.names += [uri, f"pkg:huggingface/{where}", f"pkg:huggingface/{where}@{commit}", hub(thing.name, data)]
    return {"uri": uri, "digest": {"gitCommit": commit}, **others}


def set_in(p: Project, data: Thing, place: str, version: str, extra: dict, name: str = "croissant.json") -> None:
    """A dataset with its Croissant in a folder of its own."""
    kept = list(data.names)
    croissant(p, data, version, extra, place, name)
    data.names = [*kept, place.rstrip("/"), f"{place}data/train.csv", f"{place}{name}", hub(data.name, True)]


def ggufs(p: Project, model: Thing, place: str, others: dict[str, object], file: str = "") -> str:
    """A GGUF file of a model."""
    file = file or f"{model.last}-Q8_0.gguf"
    mf.gguf(p.root / f"{place}{file}", gguf_header(p, model, others), mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [f"{place}{file}", file, file.removesuffix(".gguf")]
    return f"{place}{file}"


def base_fields(base: Thing) -> dict[str, object]:
    org, _, last = base.name.partition("/")
    base.names += [last.replace("-", " "), f"{org}/{last.replace('-', ' ')}"]
    return {"general.base_model.count": 1, "general.base_model.0.name": last.replace("-", " "), "general.base_model.0.organization": org,
            "general.base_model.0.repo_url": hub(base.name)}


def told(p: Project, wrong: bool, model: Thing, *edges: tuple[tuple[str, ...], Thing], carrier: str) -> None:
    """What a bill tells of a model: if the file here is not the one it is about, its edges may be left out."""
    for relations, end in edges:
        if wrong:
            p.may(model, relations, end)
        else:
            p.say(model, relations, end, carrier)
    if wrong:
        model.gap = "free"
        p.allowed_findings.add(GAP)
        p.findings.append(CONTRADICTION)


TRAINER = """<!-- This model card has been generated automatically according to the information the Trainer had access to. You
should probably proofread and complete it, then remove this comment. -->
"""


# ---------------------------------------------------------------- statements

@case("sixth")
def inputs_as_parameters(p: Project) -> None:
    """What went in is among the external parameters; the dependencies are code and an image, a by-product is nobody's origin."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, data, builder = far_model(p), far_data(p), builder_of(p)
    org = p.pick("orgs")
    image = p.thing("code", f"ghcr.io/{org.lower()}/trainer", "free", f"oci://ghcr.io/{org.lower()}/trainer", f"docker://ghcr.io/{org.lower()}/trainer:2.3",
                    f"pkg:docker/{org.lower()}/trainer@2.3", "trainer")
    p.may(model, RELATIONS, image)
    body = v1([subject(p.root / f"{place}model.safetensors")], [code_of(p, model), {"uri": f"pkg:docker/{org.lower()}/trainer@2.3", "digest": {"sha256": p.rng.randbytes(32).hex()}}],
              builder.name, {"baseModel": {"name": base.name, **hub_material(p, base)}, "trainingDataset": {"name": data.name, **hub_material(p, data)},
                             "hyperparameters": {"epochs": 2, "learningRate": "1e-5"}})
    body["predicate"]["runDetails"]["byproducts"] = [{"name": "train.log", "digest": {"sha256": p.rng.randbytes(32).hex()}}]
    p.json(f"{place}provenance.intoto.json", sealed(p, body) if p.rng.random() < 0.5 else body)
    p.say(model, ANY_ORIGIN, base, "SLSA v1")
    p.say(model, USED, data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case("sixth")
def early_bundle(p: Project) -> None:
    """An early Sigstore bundle with a chain of certificates around the older predicate, about sharded weights in a folder."""
    model, base, data = p.model(), far_model(p), far_data(p)
    home = p.home(model, p.rng.random() < 0.5)
    place = f"{home}weights/"
    paths = split(p, place, model, mf.llama(*LLAMA))
    model.names += [place.rstrip("/"), "weights"]
    p.config(place)
    builder = builder_of(p)
    materials = [code_of(p, model), hub_material(p, base), hub_material(p, data)]
    for material in materials[1:]:
        material["digest"] = {"sha1": material["digest"]["gitCommit"]}
    whole = bundle(p, v02([subject(path, f"weights/{path.name}") for path in paths], materials, builder.name))
    whole["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.1"
    whole["verificationMaterial"] = {"x509CertificateChain": {"certificates": [{"rawBytes": base64.b64encode(p.rng.randbytes(280)).decode()}]},
                                     "tlogEntries": [{"logIndex": "8812345", "logId": {"keyId": base64.b64encode(p.rng.randbytes(32)).decode()}}]}
    p.json(f"{home}{p.rng.choice(('multiple.intoto.sigstore', 'weights.sigstore.json'))}", whole)
    p.say(model, ANY_ORIGIN, base, "SLSA v0.2")
    p.say(model, USED, data, "SLSA v0.2")
    p.say(model, "built-by", builder, "SLSA v0.2")


@case("sixth")
def where_it_was_downloaded(p: Project) -> None:
    """Descriptors without addresses of their own, with a name and the place of download."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, data, builder = far_model(p), far_data(p), builder_of(p)
    materials = [code_of(p, model)]
    for thing, file, kind in ((base, "model.safetensors", "model"), (data, "train.parquet", "dataset")):
        address = f"{hub(thing.name, thing is data)}/resolve/main/{file}"
        thing.names += [address, hub(thing.name, thing is data)]
        materials.append({"name": thing.name, "downloadLocation": address, "mediaType": "application/octet-stream",
                          "digest": {p.rng.choice(("sha256", "sha512")): p.rng.randbytes(32).hex()}, "annotations": {"type": kind}})
    for material in materials[1:]:
        if "sha512" in material["digest"]:
            material["digest"]["sha512"] *= 2
    body = v1([subject(p.root / f"{place}model.safetensors")], materials, builder.name)
    p.write(f"{place}attestation.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    p.say(model, ANY_ORIGIN, base, "SLSA v1")
    p.say(model, USED, data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case("sixth")
def statement_of_a_checkpoint(p: Project) -> None:
    """The statement is about an earlier checkpoint, whose file has the name of the final one: nothing contradicts."""
    model, place = simple_model(p)
    base, data, builder = p.model("free"), far_data(p), builder_of(p)
    step = p.rng.choice((400, 800, 1200))
    early = p.thing("model", f"checkpoint-{step}")
    p.weights(f"checkpoint-{step}/", early, mf.llama(*LLAMA))
    p.config(f"checkpoint-{step}/")
    for thing in (model, early):
        thing.names = [name for name in thing.names if name != "model.safetensors" or thing is model]
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "apache-2.0"}, model)
    body = v1([subject(p.root / f"checkpoint-{step}/model.safetensors", f"checkpoint-{step}/model.safetensors")],
              [hub_material(p, base, name=base.name, annotations={"type": "model", "role": "base-model"}),
               hub_material(p, data, name=data.name, annotations={"type": "dataset"})], builder.name)
    p.json(f"attestations/step-{step}.intoto.json", sealed(p, body) if p.rng.random() < 0.5 else body)
    p.say(model, "fine-tuned-from", base, "model card")
    p.may(early, ANY_ORIGIN, base)
    p.may(early, ANY_ORIGIN, model)
    p.may(model, ANY_ORIGIN[1:], base)
    p.say(early, USED, data, "SLSA v1", model)
    p.say(early, "built-by", builder, "SLSA v1", model)


@case("sixth")
def attested_spdx(p: Project) -> None:
    """An SPDX document as the predicate of a statement about a GGUF file."""
    model, base, data, supplier = p.model(), far_model(p), far_data(p), p.party()
    place = p.home(model, p.rng.random() < 0.5)
    path = p.root / ggufs(p, model, place, {})
    packages = []
    for number, thing in enumerate((model, base, data)):
        ref = f"SPDXRef-P{number}"
        thing.names.append(ref)
        packages.append({"SPDXID": ref, "name": thing.name, "versionInfo": "1.0", "downloadLocation": hub(thing.name, thing is data), "filesAnalyzed": False})
    packages[0] |= {"supplier": f"Organization: {supplier.name}", "checksums": [{"algorithm": "SHA256", "checksumValue": sha256(path)}]}
    document = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "gguf", "documentNamespace": f"https://spdx.example/{commit_of(p)}",
                "creationInfo": {"created": "2025-11-02T00:00:00Z", "creators": ["Tool: bom-writer-1.4"]}, "packages": packages,
                "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-P0"},
                                  {"spdxElementId": "SPDXRef-P0", "relationshipType": "DESCENDANT_OF", "relatedSpdxElement": "SPDXRef-P1"},
                                  {"spdxElementId": "SPDXRef-P0", "relationshipType": "GENERATED_FROM", "relatedSpdxElement": "SPDXRef-P2"}]}
    body = {"_type": "https://in-toto.io/Statement/v0.1", "subject": [subject(path)], "predicateType": "https://spdx.dev/Document", "predicate": document}
    if p.rng.random() < 0.5:
        p.write(f"{place}sbom.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    else:
        p.json(f"{place}sbom.sigstore.json", bundle(p, body))
    p.say(model, ANY_ORIGIN, base, "SPDX")
    p.say(model, USED, data, "SPDX")
    p.say(model, "supplied-by", supplier, "SPDX")


@case("sixth")
def second_opinion(p: Project) -> None:
    """Two statements about one file, by two builders: they name the same base, or two."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    differ = p.rng.random() < 0.6
    first = p.model()
    second = p.model() if differ else first
    weights = subject(p.root / f"{place}model.safetensors")
    builders = [p.thing("party", builder) for builder in WORDS["sixth"]["builders"]]
    materials = [hub_material(p, base, name=base.name, annotations={"type": "model", "role": "base-model"}) for base in dict.fromkeys((first, second))]
    bodies = [v1([weights], [material], builder.name) for material, builder in zip((materials[0], materials[-1]), builders)]
    p.write(f"{place}model.intoto.jsonl", "".join(json.dumps(sealed(p, body)) + "\n" for body in bodies))
    p.allowed_findings.add(GAP)
    for builder in builders:
        p.say(model, "built-by", builder, "SLSA v1")
    if differ:
        contradiction(p, model, first, second)
    else:
        first.gap = "free"
        p.say(model, TUNED, first, "SLSA v1")


@case("sixth")
def trained_on_folder(p: Project) -> None:
    """The data is a folder beside the model, known by in-toto's digest of folders."""
    word = p.pick("data").lower()
    model, data, builder = p.model(), p.thing("dataset", f"corpora/{word}", "free", word, f"corpora/{word}/"), builder_of(p)
    for number in range(3):
        path = lines(p, f"corpora/{word}/part-{number}.jsonl")
        data.names += [f"corpora/{word}/{path.name}", path.name]
    place = nested(p, model)
    p.allowed_findings.add(GAP)
    digest = folder_digest(p.root / f"corpora/{word}")
    body = v1([subject(p.root / f"{place}model.safetensors", f"{place}model.safetensors")],
              [code_of(p, model), {"name": f"corpora/{word}", "uri": f"file:corpora/{word}/", "digest": {"dirHash": digest}, "annotations": {"type": "dataset"}}], builder.name)
    data.names.append(f"file:corpora/{word}/")
    p.json("provenance/train.intoto.json", sealed(p, body) if p.rng.random() < 0.5 else body)
    p.say(model, "trained-on", data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case("sixth")
def header_against_statement(p: Project) -> None:
    """A GGUF's header and the statement about the file: one base, or two."""
    model, written = p.model(), p.model()
    differ = p.rng.random() < 0.6
    used = p.model() if differ else written
    place = p.home(model, False)
    path = p.root / ggufs(p, model, place, base_fields(written))
    builder = builder_of(p)
    body = v1([subject(path)], [hub_material(p, used, name=used.name, annotations={"role": "base-model", "type": "model"})], builder.name,
              {"method": "sft", "epochs": 3, "outputType": "q8_0"})
    p.json(f"{place}{path.name}.intoto.json", body)
    p.allowed_findings.add(GAP)
    p.say(model, "built-by", builder, "SLSA v1")
    if differ:
        contradiction(p, model, written, used)
    else:
        written.gap = "free"
        p.say(model, CONVERTED, written, "GGUF")


@case("sixth")
def statement_before_the_fix(p: Project) -> None:
    """The statement about an adapter's two files was made before the weights were written anew; or both fit."""
    model, base, builder = p.model(), far_model(p), builder_of(p)
    place = p.home(model, p.rng.random() < 0.5)
    adapter_files(p, place, model, base.name)
    path = p.root / f"{place}adapter_model.safetensors"
    subjects = [subject(path, "adapter_model.safetensors", "sha512"), subject(p.root / f"{place}adapter_config.json", "adapter_config.json", "sha512")]
    changed = p.rng.random() < 0.6
    if changed:
        subjects[0]["digest"] = {"sha512": p.rng.randbytes(64).hex()}
    body = v1(subjects, [code_of(p, model), hub_material(p, base, name=base.name, annotations={"type": "model", "role": "base-model"})], builder.name)
    p.json(f"{place}adapter.sigstore.json", bundle(p, body))
    p.say(model, "adapter-of", base, "adapter_config")
    p.may(model, TUNED, base)
    if changed:
        p.may(model, ("built-by",), builder)
        p.findings.append(CONTRADICTION)
    else:
        p.say(model, "built-by", builder, "SLSA v1")


# ---------------------------------------------------------------- Croissant

@case("sixth")
def croissant_exported(p: Project) -> None:
    """As a data platform exports it: a person, the platform, and files inside an archive that is not here."""
    data, person = p.dataset("free"), p.party()
    platform = p.thing("party", "Datahaven")
    p.allowed_findings.add(GAP)
    croissant(p, data, "1.0", {
        "alternateName": data.last.replace("-", " ").title(), "creator": {"@type": "Person", "name": person.name, "url": "https://datahaven.example/u/12"},
        "publisher": {"@type": "Organization", "name": platform.name, "url": "https://datahaven.example"}, "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "name": platform.name, "url": "https://datahaven.example"},
        "distribution": [
            {"@type": "cr:FileObject", "@id": "archive.zip", "name": "archive.zip", "contentSize": "1.4 MB", "contentUrl": "https://datahaven.example/api/v1/download/77?version=3",
             "encodingFormat": "application/zip", "md5": p.rng.randbytes(16).hex()},
            {"@type": "cr:FileObject", "@id": "archive.zip/rows.csv_fileobject", "name": "rows.csv", "contentUrl": "rows.csv", "containedIn": {"@id": "archive.zip"},
             "encodingFormat": "text/csv"}],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "rows.csv", "name": "rows.csv", "field": [
            {"@type": "cr:Field", "@id": "rows.csv/label", "name": "label", "dataType": ["sc:Integer"],
             "source": {"fileObject": {"@id": "archive.zip/rows.csv_fileobject"}, "extract": {"column": "label"}}}]}]}, name="croissant-metadata.json")
    p.write("USAGE.txt", "Fetch the archive and unpack it here.\n")
    p.say(data, MADE, person, "Croissant 1.0")
    p.say(data, PUBLISHED, platform, "Croissant 1.0")


@case("sixth")
def croissant_of_papers(p: Project) -> None:
    """Sources as works with identifiers, one by a DOI alone beside its name; a cited paper is no source."""
    data, first, second = p.dataset("no"), p.dataset(bare=True), p.dataset(bare=True)
    dois = [f"https://doi.org/10.5281/zenodo.{p.rng.randrange(10**6, 10**7)}" for _ in range(2)]
    for thing, doi in zip((first, second), dois):
        thing.names += [doi, doi.removeprefix("https://doi.org/"), doi.removeprefix("https://")]
    croissant(p, data, "1.0", {
        "isBasedOn": [{"@type": "CreativeWork", "name": first.name, "identifier": dois[0]}, {"@type": "sc:Dataset", "name": second.name, "@id": dois[1]}],
        "citeAs": "@misc{set2025, title={A set}, author={Somebody, Else}, year={2025}}",
        "citation": "Somebody Else. A set. 2025.", "datePublished": "2025-05-01", "version": "2.0.1", "keywords": ["text", "public"],
        "rai:dataCollection": "Rows of two older sets were joined.", "rai:personalSensitiveInformation": "None."})
    p.say(data, "derived-from", first, "Croissant 1.0")
    p.say(data, "derived-from", second, "Croissant 1.0")


@case("sixth")
def croissant_triangle(p: Project) -> None:
    """Three sets in three folders, each based on the next, in two versions of the format."""
    sets = [p.dataset("free") for _ in range(3)]
    for number, data in enumerate(sets):
        source = sets[(number + 1) % 3]
        extra: dict = ({"isBasedOn": hub(source.name, True)} if number == 1 else
                       {"prov:wasDerivedFrom": [{"@id": hub(source.name, True), "prov:label": source.name}]})
        set_in(p, data, f"corpora/{data.last.lower()}/", "1.0" if number == 1 else "1.1", extra)
        p.say(data, "derived-from", source, "Croissant 1.0" if number == 1 else "Croissant 1.1")
    p.findings.append(CYCLE)


@case("sixth")
def joined_by_croissant(p: Project) -> None:
    """The statement knows the data by a file's digest, the Croissant what set the file belongs to and where that is from."""
    model, data, source, builder, platform = p.model(), p.dataset("no"), p.dataset(), builder_of(p), p.party()
    home = f"corpora/{data.last.lower()}/"
    set_in(p, data, home, p.rng.choice(("1.0", "1.1")), {
        "isBasedOn": {"@type": "sc:Dataset", "name": source.name, "url": hub(source.name, True)}, "rai:dataAnnotationPlatform": platform.name})
    place = nested(p, model)
    file = p.root / f"{home}data/train.csv"
    data.names += ["train.csv", f"file:{home}data/train.csv"]
    body = v1([subject(p.root / f"{place}model.safetensors", f"{place}model.safetensors")],
              [code_of(p, model), {"name": "train.csv", "uri": f"file:{home}data/train.csv", "digest": {"sha256": sha256(file)}, "annotations": {"type": "dataset"}}], builder.name)
    p.json(f"{place}provenance.json", body)
    p.say(data, "derived-from", source, "Croissant 1.0")
    p.say(data, "labelled-by", platform, "Croissant 1.0")
    p.say(model, "trained-on", data, "SLSA v1")
    p.say(model, "built-by", builder, "SLSA v1")


@case("sixth")
def croissant_swapped(p: Project) -> None:
    """Two files, and the digests of two files: each its own, or each the other's."""
    data, maker, source = p.dataset("no"), p.party(), p.dataset()
    swapped = p.rng.random() < 0.6
    paths = [table(p, f"files/{name}.csv") for name in ("one", "two")]
    digests = [sha256(path) for path in paths][::-1 if swapped else 1]
    croissant(p, data, "1.1", {
        "creator": [{"@type": "sc:Organization", "name": maker.name}], "prov:wasDerivedFrom": {"@id": hub(source.name, True)},
        "distribution": [{"@type": "cr:FileObject", "@id": path.name, "name": path.name, "contentUrl": f"files/{path.name}", "contentSize": f"{path.stat().st_size} B",
                          "encodingFormat": "text/csv", "sha256": digest} for path, digest in zip(paths, digests)]})
    data.names += [f"files/{path.name}" for path in paths] + [path.name for path in paths]
    p.say(data, "derived-from", source, "Croissant 1.1")
    p.say(data, MADE, maker, "Croissant 1.1")
    if swapped:
        p.findings.append(CONTRADICTION)


# ---------------------------------------------------------------- cards that tools write

@case("sixth")
def reranker(p: Project) -> None:
    """A cross-encoder with the card its library writes."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, mf.bert(32, 2, 128, classes=1))
    p.json(f"{place}config.json", {"architectures": ["BertForSequenceClassification"], "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "vocab_size": 128,
                                   "id2label": {"0": "LABEL_0"}, "sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid", "version": "4.1.0"}})
    readme(p, place, ["tags:", "- sentence-transformers", "- cross-encoder", "- reranker", "- generated_from_trainer", "- dataset_size:9120", "- loss:BinaryCrossEntropyLoss",
                      f"base_model: {base.name}", *(["datasets:", f"- {data.name}"] if p.rng.random() < 0.5 else []), "pipeline_tag: text-ranking",
                      "library_name: sentence-transformers"], f"""
# CrossEncoder based on {base.name}

This is a [Cross Encoder](https://www.sbert.net/docs/cross_encoder/usage/usage.html) model finetuned from {md_link(base.name)} on the {md_link(data.name, True)} dataset using the [sentence-transformers](https://www.SBERT.net) library. It computes scores for pairs of texts, which can be used for text reranking and semantic search.

## Model Details

### Model Description
- **Model Type:** Cross Encoder
- **Base model:** {md_link(base.name)} <!-- at revision {commit_of(p)} -->
- **Maximum Sequence Length:** 512 tokens
- **Number of Output Labels:** 1 label
- **Training Dataset:**
    - {md_link(data.name, True)}
<!-- - **Language:** Unknown -->
<!-- - **License:** Unknown -->

### Model Sources

- **Repository:** [Sentence Transformers on GitHub](https://github.com/huggingface/sentence-transformers)
- **Hugging Face:** [Cross Encoders on Hugging Face](https://huggingface.co/models?library=sentence-transformers&other=cross-encoder)

## Usage

```python
from sentence_transformers import CrossEncoder

# Download from the hub
model = CrossEncoder("{model.name}")
```
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("sixth")
def speech_run(p: Project) -> None:
    """A Trainer's card for speech: the set by its title in the text, by its name in front, and once more in the results."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, False)
    p.weights(place, model, mf.bert(32, 2, 128, prefix="model."))
    p.json(f"{place}config.json", {"architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper", "_name_or_path": base.name, "d_model": 32, "vocab_size": 128})
    title = data.last.replace("-", " ").title() + " 11.0"
    data.names.append(title)
    readme(p, place, ["library_name: transformers", "language:", "- fi", "license: apache-2.0", f"base_model: {base.name}", "tags:", "- hf-asr-leaderboard",
                      "- generated_from_trainer", "datasets:", f"- {data.name}", "metrics:", "- wer", "model-index:", f"- name: {model.last} Finnish", "  results:", "  - task:",
                      "      name: Automatic Speech Recognition", "      type: automatic-speech-recognition", "    dataset:", f"      name: {title}", f"      type: {data.name}",
                      "      config: fi", "      split: None", "      args: 'config: fi, split: test'", "    metrics:", "    - name: Wer", "      type: wer", "      value: 31.4"], f"""
{TRAINER}
# {model.last} Finnish

This model is a fine-tuned version of {md_link(base.name)} on the {title} dataset.
It achieves the following results on the evaluation set:
- Loss: 0.4410
- Wer: 31.4

## Training and evaluation data

More information needed

## Training procedure

### Training hyperparameters

The following hyperparameters were used during training:
- learning_rate: 1e-05
- training_steps: 4000
""")
    model.names.append(f"{model.last} Finnish")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "evaluated-on", data, "model-index")


@case("sixth")
def picture_classifier(p: Project) -> None:
    """A card of a library of picture models: two sets under two headings of a list, and a table that compares."""
    model = p.model()
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, mf.convolutions(8, 3))
    first, second = p.dataset(bare=True), p.dataset(bare=True)
    p.json(f"{place}config.json", {"architecture": "resnet26t", "num_classes": 10, "num_features": 8, "pretrained_cfg": {
        "tag": "ft", "custom_load": False, "input_size": [3, 224, 224], "num_classes": 10, "pool_size": [7, 7], "first_conv": "conv1", "classifier": "fc"}})
    rivals = [unrelated(p), unrelated(p)]
    readme(p, place, ["tags:", "- image-classification", "- timm", "library_name: timm", "license: apache-2.0", "datasets:", f"- {first.name}", f"- {second.name}"], f"""
# Model card for {model.last}

A ResNet image classification model. Pretrained on {first.name} and fine-tuned on {second.name}.

## Model Details
- **Model Type:** Image classification / feature backbone
- **Model Stats:**
  - Params (M): 16.0
  - Image size: 224 x 224
- **Papers:**
  - Deep Residual Learning for Image Recognition: https://arxiv.org/abs/1512.03385
- **Dataset:** {second.name}
- **Pretrain Dataset:** {first.name}
- **Original:** https://github.com/example/pictures

## Model Usage
```python
import timm
model = timm.create_model('{model.last}', pretrained=True)
```

## Model Comparison
|model|img_size|top1|
|-----|--------|----|
|[{rivals[0]}]({hub(rivals[0])})|224|81.2|
|[{rivals[1]}]({hub(rivals[1])})|288|82.0|
""")
    p.say(model, "trained-on", first, "model card")
    p.say(model, "trained-on", second, "model card")


@case("sixth")
def adapter_and_checkpoints(p: Project) -> None:
    """An adapter as a run leaves it: checkpoints in folders with template cards, tags that repeat the base."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, False)
    template = """
# Model Card for Model ID

<!-- Provide a quick summary of what the model is/does. -->

## Model Details

- **Developed by:** [More Information Needed]
- **Finetuned from model [optional]:** [More Information Needed]

## Training Details

### Training Data

<!-- This should link to a Dataset Card, perhaps with a short stub of information on what the training data is all about. -->

[More Information Needed]

### Framework versions

- PEFT 0.17.1
"""
    front = [f"base_model: {base.name}", "library_name: peft", "pipeline_tag: text-generation", "tags:", f"- base_model:adapter:{base.name}", "- lora", "- sft", "- transformers"]
    for folder in (place, "checkpoint-200/", "checkpoint-400/"):
        thing = model if folder == place else p.thing("model", folder.rstrip("/"))
        adapter_files(p, folder, thing, base.name)
        readme(p, folder, front, template)
        if thing is not model:
            thing.names.remove("adapter_model.safetensors")
            p.json(f"{folder}trainer_state.json", {"best_model_checkpoint": None, "epoch": 1.0, "global_step": 200, "log_history": []})
            p.say(thing, "adapter-of", base, "adapter_config")
            p.may(model, ANY_ORIGIN, thing)
    p.say(model, "adapter-of", base, "adapter_config")


@case("sixth")
def packed_in_eights(p: Project) -> None:
    """Weights in eight bits, with the recipe of the tool that packed them; what they were calibrated with may be told."""
    base = p.model("yes")
    model = p.thing("model", f"{p.pick('orgs')}/{base.last}-FP8-dynamic")
    place = p.home(model, p.rng.random() < 0.5)
    tensors = {name: ("F8_E4M3" if name.endswith("proj.weight") else kind, shape) for name, (kind, shape) in mf.llama(*LLAMA).items()}
    scales = {name.replace(".weight", ".weight_scale"): ("BF16", (shape[0], 1)) for name, (kind, shape) in tensors.items() if kind == "F8_E4M3"}
    p.weights(place, model, {**tensors, **scales})
    sized(p, place, *LLAMA, quantization_config={"config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 8, "type": "float"}}}, "format": "float-quantized",
                                                "quant_method": "compressed-tensors", "ignore": ["lm_head"]})
    p.write(f"{place}recipe.yaml", "default_stage:\n  default_modifiers:\n    QuantizationModifier:\n      targets: [Linear]\n      ignore: [lm_head]\n      scheme: FP8_DYNAMIC\n")
    calibration = p.dataset("free")
    p.may(model, RELATIONS, calibration)
    stated = [f"base_model: {base.name}"] if p.rng.random() < 0.6 else ["base_model:", f"- {base.name}", "base_model_relation: quantized"]
    readme(p, place, ["language: [en]", "license: llama3.1", *stated, "tags: [fp8, vllm, compressed-tensors]"], f"""
# {model.last}

## Model Overview
- **Model Architecture:** LlamaForCausalLM
- **Model Optimizations:**
  - **Weight quantization:** FP8
  - **Activation quantization:** FP8
- **Intended Use Cases:** as {md_link(base.name)}.
- **Release Date:** 7/1/2025

Quantized version of {md_link(base.name)}. Activations were checked on 512 rows of {md_link(calibration.name, True)}.

## Deployment

```python
from vllm import LLM
llm = LLM(model="{model.name}", tensor_parallel_size=1)
```
""")
    p.say(model, "quantized-from" if len(stated) > 1 else CONVERTED, base, "model card")


@case("sixth")
def learnt_word(p: Project) -> None:
    """A textual inversion: its embedding, and the card the training script writes."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, {"<boat-house>": ("F32", (1, 32))}, name="learned_embeds.safetensors")
    readme(p, place, ["license: creativeml-openrail-m", "library_name: diffusers", f"base_model: {base.name}", "tags:", "- stable-diffusion", "- text-to-image", "- diffusers",
                      "- textual_inversion", "- diffusers-training", "inference: true"], f"""
<!-- This model card has been generated automatically according to the information the training script had access to. You
should probably proofread and complete it, then remove this comment. -->

# Textual inversion text2image fine-tuning - {model.name}
These are textual inversion adaption weights for {base.name}. You can find some example images in the following.

![img_0](./image_0.png)

## Intended uses & limitations

#### How to use

```python
# TODO: add an example code snippet for running this diffusion pipeline
```
""")
    p.say(model, ("adapter-of", *TUNED), base, "model card")


# ---------------------------------------------------------------- cards that people write

@case("sixth")
def row_of_its_own(p: Project) -> None:
    """A family's table with a column for the base: this model's row counts for this model."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, other, start = p.model("yes"), p.model("free"), p.model("free")
    rows = [f"| {md_link(model.name)} (this model) | {md_link(base.name)} | 8k |", f"| {md_link(other.name)} | {md_link(start.name)} | 32k |"]
    p.rng.shuffle(rows)
    joined = "\n".join(rows)
    readme(p, place, ["license: apache-2.0", "language: en", f"base_model: {base.name}"], f"""
# {model.last}

Part of a family of two.

## The family

| Model | Base model | Context |
| --- | --- | --- |
{joined}
""")
    p.may(other, ANY_ORIGIN, start)
    p.allowed_findings.add(GAP)
    p.say(model, TUNED, base, "model card")


@case("sixth")
def mixture_table(p: Project) -> None:
    """A table of the training mixture with shares and licences; scores in another table, by the names of tests."""
    model, place = simple_model(p)
    base, sets, test = p.model("yes"), [p.dataset() for _ in range(3)], p.dataset("free")
    rows = "\n".join(f"| {md_link(data.name, True)} | {share} % | {licence} |" for data, share, licence in zip(sets, (60, 30, 10), ("CC-BY-4.0", "MIT", "ODC-BY")))
    readme(p, place, ["license: mit", f"base_model: {base.name}", "base_model_relation: finetune", "pipeline_tag: text-generation"], f"""
# {model.last}

A chat model for everyday questions.

## Training data

The training mixture:

| Dataset | Share | License |
|---|---:|---|
{rows}

## Evaluation

| Benchmark | Score |
|---|---:|
| {md_link(test.name, True)} | 61.3 |

## Limitations

It may be wrong.
""")
    p.may(model, ("evaluated-on",), test)
    p.say(model, "fine-tuned-from", base, "model card")
    for data in sets:
        p.say(model, "trained-on", data, "model card")


@case("sixth")
def empty_fields(p: Project) -> None:
    """Front matter with every field and nothing in it: an open end."""
    model, place = simple_model(p, p.rng.random() < 0.5, **p.rng.choice(({}, {"_name_or_path": ""})))
    model.gap = "yes"
    blank = p.rng.choice((["base_model:", "datasets:"], ["base_model: []", "datasets: []"], ["base_model: null", "datasets: null"], ["base_model: \"\"", "datasets: []"]))
    readme(p, place, ["license: apache-2.0", "language:", "- en", *blank, "metrics: []", "tags:", "- text-generation", "model-index: []"], f"""
# {model.last}

## Model description

More information needed

## Training and evaluation data

More information needed
""")
    p.findings.append(GAP)


@case("sixth")
def set_made_by_a_model(p: Project) -> None:
    """A synthetic set: the questions are from another set, the answers were written by a model."""
    data, source, writer = p.dataset("no"), p.dataset(), p.model("free")
    data.names += [p.root.name, "data/train-00000-of-00001.jsonl", "train-00000-of-00001.jsonl", "Dataset"]
    lines(p, "data/train-00000-of-00001.jsonl")
    p.allowed_findings.add(GAP)
    readme(p, "", ["license: apache-2.0", "language:", "- en", "size_categories: n<1K", "task_categories: [text-generation]", "tags: [synthetic, distilabel, rlaif]",
                   "source_datasets:", f"- {source.name}", "dataset_info:", "  features:", "  - name: instruction", "    dtype: string", "  - name: model_name", "    dtype: string",
                   "  splits:", "  - name: train", "    num_examples: 12", "configs:", "- config_name: default", "  data_files:", "  - split: train", "    path: data/train-*"], f"""
# Dataset Card for {data.last}

This dataset has been created with [distilabel](https://distilabel.argilla.io/).

## Dataset Summary

The instructions are taken from {md_link(source.name, True)}; the responses were generated with {md_link(writer.name)}.

```python
from datasets import load_dataset
ds = load_dataset("{data.name}")
```
""")
    p.may(data, RELATIONS, writer)
    p.say(data, "derived-from", source, "dataset card")


@case("sixth")
def how_to_write_cards(p: Project) -> None:
    """A handbook on model cards, with examples in fences: no models, nothing to trace."""
    base, data = unrelated(p), f"{p.pick('orgs')}/{p.pick('data')}"
    p.write("README.md", f"""# Handbook of our model team

How we write model cards. The front matter must name the base:

```yaml
---
base_model: {base}
base_model_relation: finetune
datasets:
- {data}
---
```

and the adapter's configuration as well:

```json
{{"base_model_name_or_path": "{base}", "peft_type": "LORA"}}
```

Questions to the team channel.
""")
    p.write("docs/review.md", "# Review\n\n- [ ] Does the card say what the model was fine-tuned from?\n- [ ] Are the datasets listed?\n")
    p.write("mkdocs.yml", "site_name: Handbook\nnav:\n  - Home: README.md\n  - Review: docs/review.md\n")


# ---------------------------------------------------------------- configurations

@case("sixth")
def factory_file(p: Project) -> None:
    """LLaMA-Factory's own file beside an adapter: data by short names, in one line."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, p.rng.random() < 0.5)
    adapter_files(p, place, model, base.name)
    first, second = (p.thing("dataset", p.pick("data").lower().replace("-", "_") + "_sft", "free") for _ in range(2))
    p.allowed_findings.add(GAP)
    p.write(f"{place}{p.rng.choice(('train_lora.yaml', 'llama3_lora_sft.yaml', 'training_args.yaml'))}", f"""\
### model
model_name_or_path: {base.name}
trust_remote_code: true

### method
stage: sft
do_train: true
finetuning_type: lora
lora_rank: 8
lora_target: all

### dataset
dataset: {first.name},{second.name}
template: llama3
cutoff_len: 2048
max_samples: 1000

### output
output_dir: saves/lora/sft
logging_steps: 10

### train
per_device_train_batch_size: 1
learning_rate: 1.0e-4
""")
    p.say(model, "adapter-of", base, "adapter_config")
    p.say(model, "trained-on", first, "training configuration")
    p.say(model, "trained-on", second, "training configuration")


@case("sixth")
def recipe_with_mixer(p: Project) -> None:
    """A handbook's training file: base, and a mixture of sets with their shares; the card is silent."""
    model, place = simple_model(p)
    base, first, second = p.model("yes"), p.dataset(), p.dataset()
    p.write(f"{place}{p.rng.choice(('config_full.yaml', 'sft_config.yaml', 'training_config.yaml'))}", f"""\
# Model arguments
model_name_or_path: {base.name}
model_revision: main
torch_dtype: bfloat16
attn_implementation: flash_attention_2

# Data training arguments
dataset_mixer:
  {first.name}: 1.0
  {second.name}: 0.5
dataset_splits:
- train_sft
- test_sft
preprocessing_num_workers: 12

# SFT trainer config
bf16: true
hub_model_id: {model.name}
learning_rate: 2.0e-05
num_train_epochs: 1
output_dir: data/{model.last}
report_to:
- wandb
""")
    readme(p, place, ["license: mit", "library_name: transformers"], f"# {model.last}\n\nAn assistant. How to use it is in the documentation.")
    p.say(model, TUNED, base, "training configuration")
    p.say(model, "trained-on", first, "training configuration")
    p.say(model, "trained-on", second, "training configuration")


@case("sixth")
def logged_adapter(p: Project) -> None:
    """A model logged by MLflow of which only the adapter was kept: the base by name and revision, the adapter in a folder."""
    model, base = p.model(), p.model("free")
    p.allowed_findings.add(GAP)
    place = p.home(model, False)
    adapter_files(p, f"{place}peft/", model, base.name)
    model.names += ["peft", "model"]
    p.may(model, tuple(relation for relation in ANY_ORIGIN if relation != "adapter-of"), base)
    p.write("MLmodel", f"""\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.transformers
    python_version: 3.10.14
  transformers:
    code: null
    components:
    - tokenizer
    framework: pt
    instance_type: TextGenerationPipeline
    model_binary: null
    peft_adaptor: peft
    pipeline_model_type: PeftModelForCausalLM
    source_model_name: {base.name}
    source_model_revision: {commit_of(p)}
    task: text-generation
    tokenizer_type: LlamaTokenizerFast
mlflow_version: 2.19.0
model_uuid: {p.rng.randbytes(16).hex()}
run_id: {p.rng.randbytes(16).hex()}
""")
    p.write("conda.yaml", "channels:\n- conda-forge\ndependencies:\n- python=3.10.14\n- pip:\n  - mlflow==2.19.0\n  - peft==0.13.0\nname: mlflow-env\n")
    p.say(model, "adapter-of", base, "adapter_config")


@case("sixth")
def merge_with_other_words(p: Project) -> None:
    """A merge whose tokeniser is that of a model that was not merged; parameters in detail."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, first, second, words = p.model("yes"), p.model("yes"), p.model("yes"), p.model("free")
    source = p.rng.choice((f"tokenizer_source: {words.name}\n", f"tokenizer:\n  source: {words.name}\nchat_template: auto\n"))
    p.write(f"{place}mergekit_config.yml", f"""\
# {model.last}
merge_method: dare_ties
base_model: {base.name}
models:
  - model: {first.name}
    parameters:
      weight:
        - filter: self_attn
          value: [0.2, 0.6, 0.8]
        - value: 0.5
      density: 0.6
  - model: {second.name}
    parameters:
      weight: 0.5
      density: 0.6
parameters:
  normalize: true
  int8_mask: true
{source}dtype: bfloat16
""")
    p.may(model, RELATIONS, words)
    p.allowed_findings.add(GAP)
    p.say(model, "merged-from", first, "mergekit")
    p.say(model, "merged-from", second, "mergekit")
    p.say(model, ("merged-from", *TUNED), base, "mergekit")


@case("sixth")
def adapter_in_gguf(p: Project) -> None:
    """An adapter converted for llama.cpp: its header says that it is one, and of what."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, p.rng.random() < 0.5)
    file = f"{model.last}-LoRA-F16.gguf"
    pairs = {f"blk.{layer}.attn_q.weight.lora_{way}": ("F32", shape) for layer in range(2) for way, shape in (("a", (8, 64)), ("b", (64, 8)))}
    mf.gguf(p.root / f"{place}{file}", {"general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora", "adapter.lora.alpha": 16.0, "general.name": model.last,
                                       "general.file_type": 1, **base_fields(base)}, pairs, False, p.rng.randrange(1 << 30))
    model.names += [f"{place}{file}", file, file.removesuffix(".gguf")]
    if p.rng.random() < 0.5:
        p.card(place, {"license": "mit", "base_model": base.name, "library_name": "gguf"}, model)
    p.say(model, ("adapter-of", *TUNED), base, "GGUF")


@case("sixth")
def adapter_of_nothing(p: Project) -> None:
    """The configuration leaves the base empty, and the card says how to install things."""
    model = p.model()
    place = p.home(model, p.rng.random() < 0.5)
    adapter_files(p, place, model, "")
    p.json(f"{place}adapter_config.json", {"base_model_name_or_path": p.rng.choice((None, "")), "peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj"],
                                           "task_type": "CAUSAL_LM", "inference_mode": True})
    model.gap = "yes"
    readme(p, place, ["library_name: peft", "license: mit"], f"# {model.last}\n\n```bash\npip install peft transformers\n```\n")
    p.findings.append(GAP)


@case("sixth")
def three_forms(p: Project) -> None:
    """One project with a model, its adapter and its GGUF in plain folders; a root page without front matter leads to them."""
    base, data = p.model("yes"), p.dataset()
    org = p.pick("orgs")
    full, adapter, small = (p.thing("model", f"{org}/{word}") for word in p.rng.sample(("reader-full", "reader-adapter", "reader-gguf"), 3))
    first, second, third = put(p, full, "full"), put(p, adapter, "lora"), put(p, small, "gguf")
    p.weights(first, full, mf.llama(64, 2, 128))
    sized(p, first, 64, 2, 128)
    readme(p, first, ["license: mit", f"base_model: {base.name}", "base_model_relation: finetune", "datasets:", f"- {data.name}"], f"# {full.last}")
    adapter_files(p, second, adapter, full.name, mf.llama(64, 2, 128))
    readme(p, second, ["license: mit", f"base_model: {full.name}", "library_name: peft"], f"# {adapter.last}")
    ggufs(p, small, third, {}, "reader.Q8_0.gguf")
    readme(p, third, ["license: mit", f"base_model: {full.name}", "base_model_relation: quantized"], f"# {small.last}")
    p.write("README.md", "# Reader\n\n- [full](full/) weights\n- an [adapter](lora/) on top\n- a [small](gguf/) version\n")
    full.gap = "free"
    p.say(full, "fine-tuned-from", base, "model card")
    p.say(full, "trained-on", data, "model card")
    p.say(adapter, "adapter-of", full, "adapter_config")
    p.say(small, "quantized-from", full, "model card")


@case("sixth")
def pipelines_of_two_teams(p: Project) -> None:
    """Two pipelines in two folders of one project; the second starts from what the first leaves. Tests give numbers only."""
    word = p.pick("data").lower()
    raw = p.thing("dataset", "ingest/raw/records.csv", "free", "records.csv", "raw/records.csv")
    clean = p.thing("dataset", f"ingest/clean/{word}.csv", "no", f"{word}.csv", f"clean/{word}.csv")
    model = p.thing("model", "training/out/model.safetensors", "no", "out/model.safetensors", "training/out", "out")
    p.allowed_findings.add(GAP)
    table(p, raw.name)
    table(p, clean.name)
    p.weights("training/out/", model, mf.llama(*LLAMA))
    p.write("ingest/clean.py", "print('clean')\n")
    p.write("training/fit.py", "print('fit')\n")
    p.write("training/params.yaml", "fit:\n  epochs: 3\n")

    def entry(path: str, shown: str) -> str:
        data = (p.root / path).read_bytes()
        return f"    - path: {shown}\n      hash: md5\n      md5: {hashlib.md5(data).hexdigest()}\n      size: {len(data)}\n"

    p.write("ingest/dvc.yaml", f"stages:\n  clean:\n    cmd: python clean.py\n    deps: [clean.py, raw/records.csv]\n    outs: [clean/{word}.csv]\n")
    p.write("ingest/dvc.lock", f"schema: '2.0'\nstages:\n  clean:\n    cmd: python clean.py\n    deps:\n{entry('ingest/clean.py', 'clean.py')}{entry(raw.name, 'raw/records.csv')}"
                               f"    outs:\n{entry(clean.name, f'clean/{word}.csv')}")
    p.write("training/dvc.yaml", f"stages:\n  fit:\n    cmd: python fit.py\n    deps:\n    - fit.py\n    - ../ingest/clean/{word}.csv\n    params: [fit.epochs]\n"
                                 "    outs:\n    - out/model.safetensors\n    metrics:\n    - metrics.json:\n        cache: false\n"
                                 "artifacts:\n  reader:\n    path: out/model.safetensors\n    type: model\n")
    p.write("training/dvc.lock", f"schema: '2.0'\nstages:\n  fit:\n    cmd: python fit.py\n    deps:\n{entry(clean.name, f'../ingest/clean/{word}.csv')}{entry('training/fit.py', 'fit.py')}"
                                 "    params:\n      params.yaml:\n        fit.epochs: 3\n"
                                 f"    outs:\n{entry(model.name, 'out/model.safetensors')}")
    for path, made in (("ingest/clean.py", clean), ("training/fit.py", model)):
        p.may(made, RELATIONS, p.thing("code", path, "free", path.split("/")[1]))
    clean.names.append(f"../ingest/clean/{word}.csv")
    p.say(clean, "derived-from", raw, "dvc.lock")
    p.say(model, USED, clean, "dvc.lock")


# ---------------------------------------------------------------- rings

@case("sixth")
def merge_eats_adapter(p: Project) -> None:
    """An adapter on a merge, and the merge's recipe adds that adapter to one of its parts."""
    merged, adapter, base, other = p.model(), p.model(), p.model("yes"), p.model("yes")
    place = nested(p, merged)
    home = p.home(adapter, True)
    adapter_files(p, home, adapter, merged.name)
    p.write(f"{place}mergekit_config.yml", f"models:\n  - model: {base.name}+{adapter.name}\n    parameters:\n      weight: 0.6\n  - model: {other.name}\n    parameters:\n"
                                           "      weight: 0.4\nmerge_method: linear\ndtype: float16\n")
    base.gap = "free"
    p.say(adapter, "adapter-of", merged, "adapter_config")
    p.say(merged, ANY_ORIGIN, adapter, "mergekit")
    p.say(merged, ANY_ORIGIN, base, "mergekit")
    p.say(merged, "merged-from", other, "mergekit")
    p.may(adapter, ANY_ORIGIN, base)
    p.findings.append(CYCLE)


@case("sixth")
def small_and_large_ring(p: Project) -> None:
    """A GGUF made of a model, whose card says that it was unpacked from the GGUF: in the hub's cache or in folders."""
    model, small = p.model(), p.model()
    cache = p.rng.random() < 0.5
    place, home = ((in_cache(p, thing) if cache else p.home(thing, True)) for thing in (model, small))
    p.weights(place, model, mf.llama(64, 2, 128))
    sized(p, place, 64, 2, 128)
    readme(p, place, ["license: mit", f"base_model: {small.name}", "base_model_relation: finetune"], f"# {model.last}\n\nDequantized from {md_link(small.name)}, then trained on.")
    ggufs(p, small, home, base_fields(model))
    readme(p, home, ["license: mit", f"base_model: {model.name}", "base_model_relation: quantized"], f"# {small.last}")
    p.say(model, "fine-tuned-from", small, "model card")
    p.may(model, ("quantized-from", "derived-from"), small)
    p.say(small, "quantized-from", model, "model card")
    p.may(small, TUNED, model)
    p.findings.append(CYCLE)


@case("sixth")
def ring_of_bills(p: Project) -> None:
    """One bill says that the first comes from the second, another bill, in another format, the reverse."""
    first, second, supplier = p.model(), p.model(), p.party()
    entry = part(first, supplier={"name": supplier.name}, pedigree={"ancestors": [part(second)]}, modelCard={"modelParameters": {"task": "text-generation"}})
    cdx(p, p.rng.choice(("1.5", "1.6", "1.7")), "sbom/first.cdx.json", metadata={"component": entry}, components=[])
    packages = []
    for number, thing in enumerate((second, first)):
        thing.names.append(f"SPDXRef-{number}")
        packages.append({"SPDXID": f"SPDXRef-{number}", "name": thing.name, "downloadLocation": hub(thing.name), "filesAnalyzed": False, "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:huggingface/{thing.name}@1"}]})
    p.json("sbom/second.spdx.json", {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "second", "documentNamespace": f"https://spdx.example/{commit_of(p)}",
        "creationInfo": {"created": "2025-10-01T00:00:00Z", "creators": ["Tool: bills-0.9"]}, "packages": packages,
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-0"},
                          {"spdxElementId": "SPDXRef-0", "relationshipType": "DESCENDANT_OF", "relatedSpdxElement": "SPDXRef-1"}]})
    p.say(first, ANY_ORIGIN, second, "CycloneDX")
    p.say(second, ANY_ORIGIN, first, "SPDX")
    p.say(first, "supplied-by", supplier, "CycloneDX")
    p.findings.append(CYCLE)


# ---------------------------------------------------------------- weights

@case("sixth")
def pruned_beside(p: Project) -> None:
    """Fewer layers than the model it was cut out of: that is what pruning does."""
    base, model, data = p.model(), p.model(), p.dataset()
    place, home = p.home(base, True), p.home(model, True)
    p.weights(place, base, mf.llama(32, 4, 128))
    sized(p, place, 32, 4, 128)
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    p.weights(home, model, mf.llama(32, 3, 128))
    sized(p, home, 32, 3, 128)
    readme(p, home, ["license: mit", f"base_model: {base.name}", "tags: [pruning]"], f"""
# {model.last}

This is a pruned version of {md_link(base.name)}: the layer that mattered least, layer 2, was removed. It has not been healed.
""")
    p.say(base, "trained-on", data, "model card")
    p.say(model, TUNED, base, "model card")


@case("sixth")
def adapter_of_deeper(p: Project) -> None:
    """An adapter with pairs for layers; the base beside it has as many, or only half of them."""
    base, model, data = p.model(), p.model(), p.dataset()
    deep = p.rng.random() < 0.6
    place = in_cache(p, base)
    p.weights(place, base, mf.llama(*LLAMA))
    sized(p, place, *LLAMA)
    p.card(place, {"license": "apache-2.0", "datasets": [data.name]}, base)
    home = in_cache(p, model)
    adapter_files(p, home, model, base.name, mf.llama(32, 4 if deep else 2, 128))
    p.card(home, {"base_model": base.name, "library_name": "peft", "license": "apache-2.0"}, model)
    p.say(base, "trained-on", data, "model card")
    p.say(model, "adapter-of", base, "adapter_config")
    if deep:
        p.findings.append(CONTRADICTION)


@case("sixth")
def packed_of_another(p: Project) -> None:
    """Packed weights beside the model their card says they are of: of its width, or of another."""
    base, model, data = p.model(), p.model(), p.dataset()
    wrong = p.rng.random() < 0.6
    place, home = p.home(base, True), p.home(model, True)
    p.weights(place, base, mf.llama(*LLAMA))
    sized(p, place, *LLAMA)
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    size = (64, 3, 160) if wrong else LLAMA
    p.weights(home, model, mf.gptq(mf.llama(*size)))
    sized(p, home, *size, quantization_config={"bits": 4, "group_size": 128, "quant_method": "gptq", "sym": True, "desc_act": False})
    p.card(home, {"base_model": base.name, "base_model_relation": "quantized", "license": "mit"}, model)
    p.say(base, "trained-on", data, "model card")
    p.say(model, "quantized-from", base, "model card")
    if wrong:
        p.findings.append(CONTRADICTION)


# ---------------------------------------------------------------- bills of materials

@case("sixth")
def bill_of_a_release(p: Project) -> None:
    """A bill with a chain of models, each a component with its own pedigree; a set with its owner; the application is no lineage."""
    model, middle, root, data = p.model(), p.model("free"), far_model(p), far_data(p)
    owner, maker = p.party(), p.party()
    data_entry = part(data, "data", data=[{"type": "dataset", "name": data.name, "contents": {"url": hub(data.name, True)},
                                           "governance": {"owners": [{"organization": {"name": owner.name}}]}}])
    entry = part(model, manufacturer={"name": maker.name}, pedigree={"ancestors": [part(middle)], "notes": "Aligned in house."},
                 modelCard={"modelParameters": {"approach": {"type": "supervised"}, "task": "text-generation", "architectureFamily": "llama",
                                                "datasets": [{"ref": data_entry["bom-ref"]}], "inputs": [{"format": "text"}], "outputs": [{"format": "text"}]},
                            "quantitativeAnalysis": {"performanceMetrics": [{"type": "accuracy", "value": "0.81", "slice": "all"}]},
                            "considerations": {"users": ["Support staff"], "technicalLimitations": ["Short texts only"]}})
    between = part(middle, pedigree={"ancestors": [part(root)]}, modelCard={})
    library = {"type": "library", "bom-ref": "pkg:pypi/transformers@4.48.0", "name": "transformers", "version": "4.48.0", "purl": "pkg:pypi/transformers@4.48.0"}
    shown = [entry, between, data_entry, library]
    p.rng.shuffle(shown)
    cdx(p, p.rng.choice(("1.6", "1.7")), p.rng.choice(("bom.json", "release/sbom.cdx.json")),
        metadata={"timestamp": "2025-10-10T10:00:00Z", "component": {"type": "application", "bom-ref": "desk", "name": "help-desk", "version": "3"}}, components=shown,
        dependencies=[{"ref": "desk", "dependsOn": [entry["bom-ref"], library["bom-ref"]]}])
    p.may(p.thing("code", "help-desk", "free", "desk"), RELATIONS, model)
    p.may(data, (*MADE, "republished-by"), owner)
    p.say(model, TUNED, middle, "CycloneDX")
    p.say(middle, TUNED, root, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, ("built-by", "supplied-by"), maker, "CycloneDX")


@case("sixth")
def xml_of_other_bytes(p: Project) -> None:
    """A bill in XML about the weights here: ancestor, data in place, supplier; its digest is the file's or another's."""
    model, base, data, supplier = p.model(), far_model(p), far_data(p), p.party()
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, mf.llama(*LLAMA))
    p.config(place)
    wrong = p.rng.random() < 0.5
    digest = p.rng.randbytes(32).hex() if wrong else sha256(p.root / f"{place}model.safetensors")
    (org, _, last), (base_org, _, base_last) = model.name.partition("/"), base.name.partition("/")
    for thing in (model, base):
        thing.names += [f"pkg:huggingface/{thing.name}@1", f"pkg:huggingface/{thing.name}"]
    p.write(p.rng.choice(("bom.xml", "sbom/model.cdx.xml")), f"""<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:2b7d0c11-91aa-4c1e-8f0d-{p.rng.randbytes(6).hex()}" version="1">
  <metadata>
    <component type="machine-learning-model" bom-ref="pkg:huggingface/{model.name}@1">
      <supplier>
        <name>{supplier.name}</name>
      </supplier>
      <group>{org}</group>
      <name>{last}</name>
      <version>1</version>
      <purl>pkg:huggingface/{model.name}@1</purl>
      <pedigree>
        <ancestors>
          <component type="machine-learning-model">
            <group>{base_org}</group>
            <name>{base_last}</name>
            <version>1</version>
            <purl>pkg:huggingface/{base.name}@1</purl>
          </component>
        </ancestors>
      </pedigree>
      <components>
        <component type="file" bom-ref="weights-file">
          <name>{place}model.safetensors</name>
          <hashes>
            <hash alg="SHA-256">{digest}</hash>
          </hashes>
        </component>
      </components>
      <modelCard>
        <modelParameters>
          <task>text-generation</task>
          <datasets>
            <dataset>
              <type>dataset</type>
              <name>{data.name}</name>
              <contents><url>{hub(data.name, True)}</url></contents>
            </dataset>
          </datasets>
        </modelParameters>
      </modelCard>
    </component>
  </metadata>
</bom>
""")
    model.names.append("weights-file")
    told(p, wrong, model, (TUNED, base), (("trained-on",), data), (("supplied-by",), supplier), carrier="CycloneDX")


@case("sixth")
def bill_against_adapter(p: Project) -> None:
    """An adapter's configuration names one base, the bill with its file's digest another, or the same by another address."""
    model, said = p.model(), p.model()
    differ = p.rng.random() < 0.6
    listed = p.model() if differ else said
    place = p.home(model, False)
    adapter_files(p, place, model, said.name)
    entry = part(model, hashes=[{"alg": "SHA-256", "content": sha256(p.root / f"{place}adapter_model.safetensors")}], pedigree={"ancestors": [part(listed)]})
    cdx(p, "1.6", p.rng.choice(("bom.json", "adapter.cdx.json")), metadata={"component": entry}, components=[])
    p.allowed_findings.add(GAP)
    if differ:
        contradiction(p, model, said, listed)
    else:
        said.gap = "free"
        p.say(model, "adapter-of", said, "adapter_config")
        p.may(model, TUNED, said)


@case("sixth")
def spdx_by_address(p: Project) -> None:
    """SPDX 3: short names, and identifiers that tell whose they are; a file's digest that fits or does not."""
    model, base, data, supplier = p.model(), far_model(p), far_data(p), p.party()
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, mf.llama(*LLAMA))
    p.config(place)
    wrong = p.rng.random() < 0.5
    space = f"https://spdx.example/{p.rng.randbytes(5).hex()}/"
    graph: list[dict] = [
        {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-01-12T09:00:00Z", "createdBy": [f"{space}agent"]},
        {"type": "Organization", "spdxId": f"{space}agent", "creationInfo": "_:c", "name": supplier.name}]
    supplier.names.append(f"{space}agent")
    for thing, ref in ((model, "model"), (base, "base"), (data, "data")):
        is_data = thing is data
        purl = f"pkg:huggingface/{'datasets/' if is_data else ''}{thing.name}@1"
        thing.names += [space + ref, purl, purl.removesuffix("@1")]
        graph.append({"type": "dataset_DatasetPackage" if is_data else "ai_AIPackage", "spdxId": space + ref, "creationInfo": "_:c", "name": thing.last,
                      "software_packageVersion": "1", "software_packageUrl": purl, "software_primaryPurpose": "data" if is_data else "model",
                      "software_downloadLocation": hub(thing.name, is_data), "releaseTime": "2025-12-01T00:00:00Z",
                      "externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": purl}],
                      **({"dataset_datasetType": ["text"]} if is_data else {}), **({"suppliedBy": f"{space}agent"} if thing is model else {})})
    digest = p.rng.randbytes(32).hex() if wrong else sha256(p.root / f"{place}model.safetensors")
    graph.append({"type": "software_File", "spdxId": f"{space}file", "creationInfo": "_:c", "name": f"{place}model.safetensors", "software_primaryPurpose": "model",
                  "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": digest}]})
    model.names.append(f"{space}file")
    for number, (start, kind, end) in enumerate((("model", "contains", "file"), ("model", "descendantOf", "base"), ("model", "trainedOn", "data"))):
        graph.append({"type": "Relationship", "spdxId": f"{space}rel-{number}", "creationInfo": "_:c", "from": space + start, "relationshipType": kind, "to": [space + end]})
    graph += [{"type": "software_Sbom", "spdxId": f"{space}sbom", "creationInfo": "_:c", "rootElement": [f"{space}model"], "software_sbomType": ["build"]},
              {"type": "SpdxDocument", "spdxId": f"{space}document", "creationInfo": "_:c", "rootElement": [f"{space}sbom"], "profileConformance": ["core", "software", "ai", "dataset"]}]
    p.rng.shuffle(graph)
    p.json(p.rng.choice(("ai-bom.spdx3.json", "sbom/model.spdx.jsonld")), {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})
    told(p, wrong, model, (ANY_ORIGIN, base), (("trained-on",), data), (("supplied-by",), supplier), carrier="SPDX")


@case("sixth")
def spdx_other_way_round(p: Project) -> None:
    """SPDX 2.3 with the relations told from the other end, a copy, and tools that are no lineage."""
    model, base, data, mirror, author = p.model(), far_model(p), far_data(p), p.model("free"), p.party()
    things = {"Model": model, "Base": base, "Data": data, "Mirror": mirror}
    packages = []
    for ref, thing in things.items():
        thing.names.append(f"SPDXRef-{ref}")
        packages.append({"SPDXID": f"SPDXRef-{ref}", "name": thing.name, "versionInfo": "1", "downloadLocation": hub(thing.name, thing is data), "filesAnalyzed": False,
                         "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"})
    packages[0]["originator"] = f"Person: {author.name} (mail@example.org)"
    author.names.append(f"{author.name} (mail@example.org)")
    packages.append({"SPDXID": "SPDXRef-Tool", "name": "llama-trainer", "downloadLocation": "NOASSERTION", "filesAnalyzed": False})
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Model"), ("SPDXRef-Base", "ANCESTOR_OF", "SPDXRef-Model"), ("SPDXRef-Data", "GENERATES", "SPDXRef-Model"),
                 ("SPDXRef-Mirror", "COPY_OF", "SPDXRef-Model"), ("SPDXRef-Tool", "BUILD_TOOL_OF", "SPDXRef-Model")]
    p.rng.shuffle(relations)
    p.json(p.rng.choice(("model.spdx.json", "sbom/sbom.spdx.json")), {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "model", "documentNamespace": f"https://spdx.example/{commit_of(p)}",
        "creationInfo": {"created": "2025-09-09T00:00:00Z", "creators": ["Tool: sbom-maker-3"]}, "packages": packages,
        "relationships": [{"spdxElementId": start, "relationshipType": kind, "relatedSpdxElement": end} for start, kind, end in relations]})
    p.may(model, RELATIONS, p.thing("code", "llama-trainer", "free", "SPDXRef-Tool"))
    p.may(mirror, RELATIONS, model)
    p.say(model, ANY_ORIGIN, base, "SPDX")
    p.say(model, USED, data, "SPDX")
    p.say(model, MADE, author, "SPDX")


@case("sixth")
def bill_agrees_with_card(p: Project) -> None:
    """A card, a sharded model and a bill with each shard's digest: the bill names the card's base by its address. Nothing contradicts."""
    model, base, data = p.model(), p.model("free"), p.dataset("free")
    place = p.home(model, p.rng.random() < 0.5)
    paths = split(p, place, model, mf.llama(*LLAMA))
    sized(p, place, *LLAMA, _name_or_path=p.rng.choice(("/mnt/ckpt/run-4", base.name)))
    p.allowed_findings.add(GAP)
    readme(p, place, ["license: apache-2.0", f"base_model: {base.name}", "base_model_relation: finetune", "datasets:", f"- {data.name}"], f"# {model.last}\n\nAn instruction-tuned model.")
    files = [{"type": "file", "bom-ref": f"shard-{number}", "name": f"{place}{path.name}", "hashes": [{"alg": "SHA-256", "content": sha256(path)}, {"alg": "SHA-512", "content": hashlib.sha512(path.read_bytes()).hexdigest()}]}
             for number, path in enumerate(paths)]
    entry = part(model, components=files, pedigree={"ancestors": [part(base)]}, modelCard={"modelParameters": {"datasets": [
        {"type": "dataset", "name": data.name, "contents": {"url": hub(data.name, True)}}]}},
        externalReferences=[{"type": "model-card", "url": f"{hub(model.name)}/blob/main/README.md"}, {"type": "distribution", "url": hub(model.name)}])
    model.names += ["shard-0", "shard-1"]
    cdx(p, "1.6", f"{place}bom.cdx.json" if p.rng.random() < 0.5 else "sbom/bom.json", metadata={"component": entry}, components=[])
    p.say(model, "fine-tuned-from", base, "model card")
    p.may(model, ("derived-from",), base)
    p.say(model, "trained-on", data, "model card")
