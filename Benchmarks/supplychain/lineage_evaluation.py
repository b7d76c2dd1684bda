"""Kinds of project of the evaluation half alone: who works on the tracer does not read on."""

from __future__ import annotations

import hashlib
import json

import modelfiles as mf
from lineage_fifth import CONVERTED, MADE, USED, cdx, in_cache, md_link, nested, part, v02, v1
from lineage_fourth import adapter_files, builder_of, far_data, far_model, lines, readme, split, unrelated
from lineage_projects import (
    ANY_ORIGIN, CONTRADICTION, CYCLE, GAP, RELATIONS, TUNED, WORDS, Project, Spdx, Thing,
    bundle, case, contradiction, croissant, hub, sealed, sha256, simple_model, subject,
)
from lineage_sixth import LLAMA, base_fields, ggufs, hub_material, put

WORDS["evaluation"] = {
    "orgs": ("cedarline-ai", "Brumaire-Labs", "flint_and_fern", "UmeaLanguageLab", "palisade.ml", "Nakuru-NLP", "grebe-research", "MontVertIA"),
    "models": ("Quicksilver", "dunlin", "Palimpsest", "Cormorant", "thicket", "Auriga", "Bellwether", "sedge", "Malachite", "Vesper", "Kittiwake", "Rampart"),
    "data": ("harbour-calls", "NoticeBoards", "seed-catalogues", "glacier-photos", "TriageNotes", "metro-signs", "riddle-pairs", "kiln-logs",
             "ShopDialogues", "fault-codes"),
    "parties": ("Nairobi Text Works", "Bergen Speech Archive", "Larchmont Institute", "Rotula Sarl", "Teodora Maximoff", "Upland Statistics Office"),
    "builders": ("https://ci.cedarline.example/pools/train", "https://builds.palisade.example/pipelines/v4"),
}


# ---------------------------------------------------------------- cards of models

@case("evaluation")
def reward_and_policy(p: Project) -> None:
    """Aligned by reinforcement: a start, prompts, and a model that only gave rewards."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    start, prompts, judge = p.model("yes"), p.dataset(), p.model("free")
    front = ["license: apache-2.0", "library_name: transformers", "tags:", "- rlhf", "- ppo"]
    if p.rng.random() < 0.5:
        front += [f"base_model: {start.name}"]
    readme(p, place, front, f"""
# {model.last}

{model.last} was fine-tuned from {md_link(start.name)} with PPO. It was trained on the prompts of the {md_link(prompts.name, True)} dataset.

## Training

Rewards were given by {md_link(judge.name)}; its weights were not changed.

| Hyperparameter | Value |
|---|---|
| learning rate | 1e-6 |
| KL coefficient | 0.05 |
""")
    p.may(model, RELATIONS, judge)
    p.allowed_findings.add(GAP)
    p.say(model, TUNED, start, "model card")
    p.say(model, "trained-on", prompts, "model card")


@case("evaluation")
def sparse_encoder(p: Project) -> None:
    """A sparse encoder with the card that its library writes; a result on a set nobody named."""
    model, base, data, test = p.model(), p.model("yes"), p.dataset(), p.dataset(bare=True)
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, mf.bert(32, 2, 128))
    p.config(place, "BertForMaskedLM")
    p.json(f"{place}modules.json", [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.sparse_encoder.models.MLMTransformer"},
                                    {"idx": 1, "name": "1", "path": "1_SpladePooling", "type": "sentence_transformers.sparse_encoder.models.SpladePooling"}])
    p.json(f"{place}1_SpladePooling/config.json", {"pooling_strategy": "max", "activation_function": "relu", "word_embedding_dimension": 128})
    p.json(f"{place}config_sentence_transformers.json", {"model_type": "SparseEncoder", "__version__": {"sentence_transformers": "5.0.0", "transformers": "4.52.4", "pytorch": "2.6.0"},
                                                         "prompts": {"query": "", "document": ""}, "default_prompt_name": None, "similarity_fn_name": "dot"})
    commit = p.rng.randbytes(20).hex()
    readme(p, place, ["language:", "- en", "license: apache-2.0", "tags:", "- sentence-transformers", "- sparse-encoder", "- splade", "- generated_from_trainer",
                      "- dataset_size:99000", "- loss:SpladeLoss", f"base_model: {base.name}", "widget:", "- text: how long do kilns need to cool", "datasets:", f"- {data.name}",
                      "pipeline_tag: feature-extraction", "library_name: sentence-transformers", "metrics:", "- dot_accuracy@1", "model-index:", f"- name: {model.last}",
                      "  results:", "  - task:", "      type: sparse-information-retrieval", "      name: Sparse Information Retrieval", "    dataset:",
                      f"      name: {test.name}", f"      type: {test.name}", "    metrics:", "    - type: dot_accuracy@1", "      value: 0.44", "      name: Dot Accuracy@1"], f"""
# {model.last}

This is a [SPLADE Sparse Encoder](https://www.sbert.net/docs/sparse_encoder/usage/usage.html) model finetuned from {md_link(base.name)} on the {f'[{data.last}]({hub(data.name, True)})'} dataset using the [sentence-transformers](https://www.SBERT.net) library. It maps sentences & paragraphs to a 128-dimensional sparse vector space.

## Model Details

### Model Description
- **Model Type:** SPLADE Sparse Encoder
- **Base model:** {md_link(base.name)} <!-- at revision {commit} -->
- **Maximum Sequence Length:** 512 tokens
- **Similarity Function:** Dot Product
- **Training Dataset:**
    - [{data.last}]({hub(data.name, True)})
- **License:** apache-2.0

## Usage

```python
from sentence_transformers import SparseEncoder
model = SparseEncoder("{model.name}")
```

## Evaluation

### Metrics

#### Sparse Information Retrieval

* Dataset: `{test.name}`
* Evaluated with [<code>SparseInformationRetrievalEvaluator</code>](https://sbert.net/docs/package_reference/sparse_encoder/evaluation.html)

| Metric | Value |
|:-------|:------|
| dot_accuracy@1 | 0.44 |

## Training Details

### Training Dataset

#### {data.last}

* Dataset: [{data.last}]({hub(data.name, True)}) at [{commit[:7]}]({hub(data.name, True)}/tree/{commit})
* Size: 99,000 training samples
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "evaluated-on", test, "model-index")


@case("evaluation")
def language_pipeline(p: Project) -> None:
    """A pipeline for text analysis, with the table its packager writes: the row of sources counts."""
    model, source, other = p.model(), far_data(p), far_data(p)
    place = p.home(model, p.rng.random() < 0.5)
    author = p.party()
    source.names = [source.last]
    other.names = [other.last]
    for data in (source, other):
        p.may(data, RELATIONS, author)
    p.may(model, RELATIONS, author)
    p.json(f"{place}meta.json", {"lang": "en", "name": model.last, "version": "3.7.1", "spacy_version": ">=3.7.2,<3.8.0", "license": "MIT", "author": model.name.split("/")[0],
                                 "pipeline": ["tok2vec", "ner"], "components": ["tok2vec", "ner"], "sources": [
                                     {"name": source.name, "url": f"https://catalogue.example/{source.name}", "license": "", "author": author.name},
                                     {"name": other.name, "url": f"https://corpora.example/{other.name}", "license": "CC BY 4.0", "author": author.name}]})
    p.write(f"{place}config.cfg", '[paths]\ntrain = null\ndev = null\nvectors = null\n\n[nlp]\nlang = "en"\npipeline = ["tok2vec","ner"]\n')
    p.write(f"{place}ner/model", p.rng.randbytes(400))
    readme(p, place, ["tags:", "- spacy", "- token-classification", "language:", "- en", "license: mit", "model-index:", f"- name: {model.last}", "  results:", "  - task:",
                      "      name: NER", "      type: token-classification", "    metrics:", "    - name: NER F Score", "      type: f_score", "      value: 0.853"], f"""
English pipeline optimized for CPU. Components: tok2vec, ner.

| Feature | Description |
| --- | --- |
| **Name** | `{model.last}` |
| **Version** | `3.7.1` |
| **spaCy** | `>=3.7.2,<3.8.0` |
| **Default Pipeline** | `tok2vec`, `ner` |
| **Components** | `tok2vec`, `ner` |
| **Vectors** | 0 keys, 0 unique vectors (0 dimensions) |
| **Sources** | [{source.name}](https://catalogue.example/{source.name}) ({author.name})<br />[{other.name}](https://corpora.example/{other.name}) ({author.name}) |
| **License** | `MIT` |
""")
    model.names += [f"{place}meta.json", f"{place}ner/model"]
    for data in (source, other):
        p.say(model, USED, data, "model card")


@case("evaluation")
def vendor_overview(p: Project) -> None:
    """The long card that a vendor has for each of its models: sets under headings, with how they were collected."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    base, data, test = p.model("yes"), p.dataset(), p.dataset()
    readme(p, place, ["license: other", "license_name: open-model-license", "library_name: transformers", "pipeline_tag: text-generation"], f"""
# Model Overview

## Description:

{model.last} is a model for answering questions about machines. It is a fine-tuned version of {md_link(base.name)}.

This model is ready for commercial use.

## Model Architecture:

**Architecture Type:** Transformer <br>
**Network Architecture:** Decoder-only <br>
**Base Model:** {md_link(base.name)} <br>

## Input:

**Input Type(s):** Text <br>
**Input Format(s):** String <br>

## Training Dataset:

**Link:** {md_link(data.name, True)}

**Data Collection Method by dataset:** Hybrid: Human, Synthetic <br>
**Labeling Method by dataset:** Human <br>
**Properties:** 41,000 conversations.

## Evaluation Dataset:

**Link:** {md_link(test.name, True)}

**Data Collection Method by dataset:** Human <br>
**Labeling Method by dataset:** Human <br>

## Inference:

**Engine:** vLLM <br>
**Test Hardware:** H100 <br>
""")
    model.names.append("Model Overview")
    for word in ("Human", "Synthetic"):
        party = p.thing("party", word, "free", f"Hybrid: {word}", "Hybrid: Human, Synthetic")
        for thing in (model, data, test):
            p.may(thing, ("labelled-by", "collected-by"), party)
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "evaluated-on", test, "model card")


@case("evaluation")
def for_other_processors(p: Project) -> None:
    """Exported for another runtime and compressed on the way, under the name of the original with an ending."""
    base = p.model("yes")
    model = p.thing("model", f"{p.pick('orgs')}/{base.last}-int4-ov")
    place = p.home(model, p.rng.random() < 0.5)
    p.write(f"{place}openvino_model.xml", '<?xml version="1.0"?>\n<net name="Model0" version="11"><layers></layers><edges></edges><rt_info></rt_info></net>\n')
    p.write(f"{place}openvino_model.bin", p.rng.randbytes(500))
    model.names += [f"{place}openvino_model.xml", f"{place}openvino_model.bin", "openvino_model.xml", "openvino_model.bin"]
    p.config(place)
    p.may(model, ("supplied-by", "republished-by", "built-by"), p.thing("party", base.name.split("/")[0], "free"))
    front = ["license: apache-2.0", f"base_model: {base.name}"] + (["base_model_relation: quantized"] if p.rng.random() < 0.6 else [])
    readme(p, place, front, f"""
# {model.last}

* Model creator: [{base.name.split('/')[0]}](https://huggingface.co/{base.name.split('/')[0]})
* Original model: [{base.last}]({hub(base.name)})

## Description

This is {md_link(base.name)} model converted to the [OpenVINO™ IR](https://docs.openvino.ai/2024/documentation/openvino-ir-format.html) (Intermediate Representation) format with weights compressed to INT4 by [NNCF](https://github.com/openvinotoolkit/nncf).

## Quantization Parameters

* mode: **INT4_ASYM**
* ratio: **1.0**
* group_size: **128**

## Limitations

Check the original model card for [limitations]({hub(base.name)}).
""")
    p.say(model, CONVERTED, base, "model card")


@case("evaluation")
def speech_conversion(p: Project) -> None:
    """A conversion for another engine that its text alone tells, with the command."""
    base = p.model("yes")
    model = p.thing("model", f"{p.pick('orgs')}/faster-{base.last}")
    place = p.home(model, p.rng.random() < 0.5)
    p.write(f"{place}model.bin", p.rng.randbytes(600))
    p.json(f"{place}config.json", {"alignment_heads": [[1, 0], [1, 1]], "lang_ids": [50259, 50260], "suppress_ids": [], "suppress_ids_begin": [220, 50257]})
    p.json(f"{place}vocabulary.json", ["<|a|>", "b", "c"])
    model.names += [f"{place}model.bin", "model.bin", f"{base.last} model for CTranslate2"]
    readme(p, place, ["language:", "- en", "- de", "tags:", "- audio", "- automatic-speech-recognition", "license: mit", "library_name: ctranslate2"], f"""
# {base.last} model for CTranslate2

This repository contains the conversion of {md_link(base.name)} to the [CTranslate2](https://github.com/OpenNMT/CTranslate2) model format.

This model can be used in CTranslate2 or projects based on CTranslate2.

## Example

```python
from faster_whisper import WhisperModel

model = WhisperModel("{base.last}")
```

## Conversion details

The original model was converted with the following command:

```
ct2-transformers-converter --model {base.name} --output_dir {model.last} \\
    --copy_files tokenizer.json --quantization float16
```

## More information

**For more information about the original model, see its [model card]({hub(base.name)}).**
""")
    p.say(model, CONVERTED, base, "model card")


@case("evaluation")
def longer_then_taught(p: Project) -> None:
    """Two models in one project: one trained further on more text, the other taught from it. All of it is in the text."""
    base, more, again, chat = p.model("yes"), p.dataset(), p.dataset(), p.dataset()
    org = p.pick("orgs")
    first = p.model(org=org)
    second = p.thing("model", f"{first.name}-sft")
    place, home = nested(p, first), nested(p, second)
    readme(p, place, ["license: llama3", "language:", "- sv", "- en"], f"""
# {first.last}

{first.last} was continually pre-trained from {md_link(base.name)}.

## Training data

The model was trained on:

- {md_link(more.name, True)}, 21B tokens
- {md_link(again.name, True)}, 4B tokens
""")
    readme(p, home, ["license: llama3", *([f"base_model: {first.name}"] if p.rng.random() < 0.5 else [])], f"""
# {second.last}

The instruction-tuned version of {md_link(first.name)}, fine-tuned on {md_link(chat.name, True)}.
""")
    p.say(first, TUNED, base, "model card")
    p.say(first, "trained-on", more, "model card")
    p.say(first, "trained-on", again, "model card")
    p.say(second, TUNED, first, "model card")
    p.say(second, "trained-on", chat, "model card")


@case("evaluation")
def unfilled(p: Project) -> None:
    """The card that is pushed with a model when nobody writes one: an open end."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    need = "[More Information Needed]"
    readme(p, place, ["library_name: transformers", "tags: []"], f"""
# Model Card for Model ID

<!-- Provide a quick summary of what the model is/does. -->

## Model Details

### Model Description

<!-- Provide a longer summary of what this model is. -->

This is the model card of a 🤗 transformers model that has been pushed on the Hub. This model card has been automatically generated.

- **Developed by:** {need}
- **Funded by [optional]:** {need}
- **Shared by [optional]:** {need}
- **Model type:** {need}
- **License:** {need}
- **Finetuned from model [optional]:** {need}

### Model Sources [optional]

- **Repository:** {need}
- **Paper [optional]:** {need}

## Training Details

### Training Data

<!-- This should link to a Dataset Card, perhaps with a short stub of information on what the training data is all about as well as documentation related to data pre-processing or additional filtering. -->

{need}

## Evaluation

#### Testing Data

<!-- This should link to a Dataset Card if possible. -->

{need}
""")
    model.names += ["Model ID", "Model Card for Model ID"]
    model.gap = "yes"
    p.findings.append(GAP)


@case("evaluation")
def zoo(p: Project) -> None:
    """A repository of three models in folders, each with its card; the root's table repeats what they say."""
    org, base, data, chat = p.pick("orgs"), p.model("yes"), p.dataset(), p.dataset()
    first, second, third = (p.thing("model", f"{org}/{word}") for word in ("shelf-core", "shelf-chat", "shelf-tiny"))
    for model, (relation, source), used in ((first, ("finetune", base), data), (second, ("finetune", first), chat), (third, ("quantized", second), None)):
        place = put(p, model, f"zoo/{model.last}")
        p.weights(place, model, mf.gptq(mf.llama(*LLAMA)) if used is None else mf.llama(*LLAMA))
        p.config(place, **({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128}} if used is None else {}))
        readme(p, place, ["license: mit", f"base_model: {source.name}", f"base_model_relation: {relation}", *(["datasets:", f"- {used.name}"] if used else [])], f"# {model.name}")
        p.say(model, "fine-tuned-from" if used else "quantized-from", source, "model card")
        if used:
            p.say(model, "trained-on", used, "model card")
    p.write("README.md", f"""# Model zoo

| Model | Base | Data |
|---|---|---|
| [{first.name}](zoo/{first.last}) | {md_link(base.name)} | {md_link(data.name, True)} |
| [{second.name}](zoo/{second.last}) | {first.name} | {md_link(chat.name, True)} |
| [{third.name}](zoo/{third.last}) | {second.name} | - |

Install with `pip install -e .`.
""")


@case("evaluation")
def cache_of_a_user(p: Project) -> None:
    """What lies in somebody's hub cache: a model, its GGUF, an adapter of it, and the set it was trained on with its own source."""
    model, adapter, data, source = p.model(), p.model(), p.dataset("no"), p.dataset()
    small = p.thing("model", f"{p.pick('orgs')}/{model.last}-i1-GGUF")
    place = in_cache(p, model)
    p.weights(place, model, mf.llama(*LLAMA))
    p.config(place)
    readme(p, place, ["license: mit", "datasets:", f"- {data.name}"], f"# {model.last}\n\nTrained from scratch.")
    home = in_cache(p, small)
    ggufs(p, small, home, {}, f"{model.last}.i1-Q4_K_M.gguf")
    small.names = [name for name in small.names if name != model.last]
    readme(p, home, [f"base_model: {model.name}", "language:", "- en", "library_name: transformers", "license: mit", "quantized_by: somebody"],
           f"## About\n\nweighted/imatrix quants of {hub(model.name)}\n\n## Provided Quants\n\n| Link | Type | Size/GB |\n|:-----|:-----|--------:|\n| [GGUF]({hub(small.name)}/resolve/main/x.gguf) | i1-Q4_K_M | 0.9 |")
    adapter_files(p, in_cache(p, adapter), adapter, model.name)
    where = in_cache(p, data)
    readme(p, where, ["license: cc-by-4.0", "source_datasets:", f"- {source.name}", "task_categories:", "- text-generation"], f"# {data.last}")
    lines(p, f"{where}data/train.jsonl")
    data.names += [f"{where}data/train.jsonl", "train.jsonl"]
    p.may(small, RELATIONS, p.thing("party", "somebody", "free"))
    p.say(model, "trained-on", data, "model card")
    p.say(small, CONVERTED, model, "model card")
    p.say(adapter, "adapter-of", model, "adapter_config")
    p.say(data, "derived-from", source, "dataset card")


# ---------------------------------------------------------------- cards of sets

@case("evaluation")
def filled_set_template(p: Project) -> None:
    """The hub's template for sets, filled in, with configurations whose names look like sets."""
    data, source, maker, labeller = p.dataset("free"), p.dataset(), p.party(), p.party()
    data.names += [p.root.name, "data/train.jsonl", "train.jsonl", f"Dataset Card for {data.last}"]
    lines(p, "data/train.jsonl")
    readme(p, "", ["license: cc-by-sa-4.0", f"pretty_name: {data.last}", "task_categories:", "- text-classification", "size_categories:", "- 10K<n<100K", "configs:",
                   "- config_name: plain-text", "  data_files:", "  - split: train", "    path: data/train.jsonl", "dataset_info:", "- config_name: plain-text", "  features:",
                   "  - name: text", "    dtype: string", "  splits:", "  - name: train", "    num_examples: 12"], f"""
# Dataset Card for {data.last}

<!-- Provide a quick summary of the dataset. -->

## Dataset Details

- **Curated by:** {maker.name}
- **Funded by [optional]:** [More Information Needed]
- **Language(s) (NLP):** English
- **License:** cc-by-sa-4.0

## Dataset Creation

### Source Data

#### Data Collection and Processing

This dataset is a filtered subset of {md_link(source.name, True)}, without near duplicates.

### Annotations [optional]

#### Annotation process

Each item has two labels.

#### Who are the annotators?

The items were labelled by {labeller.name}.

## Citation [optional]

[More Information Needed]
""")
    p.allowed_findings.add(GAP)
    p.say(data, "derived-from", source, "dataset card")
    p.say(data, MADE, maker, "dataset card")
    p.say(data, "labelled-by", labeller, "dataset card")


@case("evaluation")
def croissant_of_two_files(p: Project) -> None:
    """Croissant 1.0 with a digest for each of two files of rows; both fit, or one was made anew."""
    data, sources, maker = p.dataset("free"), (far_data(p), far_data(p)), p.party()
    objects, wrong = [], p.rng.random() < 0.5
    for number in range(2):
        name = f"train-{number:05}-of-00002.parquet"
        path = p.write(f"data/{name}", b"PAR1" + p.rng.randbytes(300) + b"PAR1")
        data.names += [f"data/{name}", name]
        objects.append({"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": f"data/{name}", "encodingFormat": "application/x-parquet", "sha256": sha256(path)})
    objects.append({"@type": "cr:FileSet", "@id": "parquet-files", "containedIn": [{"@id": item["@id"]} for item in objects], "encodingFormat": "application/x-parquet", "includes": "data/*.parquet"})
    croissant(p, data, "1.0", {"distribution": objects, "datePublished": "2025-06-01", "version": "1.0.2", "creator": [{"@type": "sc:Organization", "name": maker.name}],
                               "isBasedOn": [hub(source.name, True) for source in sources],
                               "recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": [
                                   {"@type": "cr:Field", "@id": "rows/text", "name": "text", "dataType": "sc:Text",
                                    "source": {"fileSet": {"@id": "parquet-files"}, "extract": {"column": "text"}}}]}]})
    if wrong:
        p.write("data/train-00001-of-00002.parquet", b"PAR1" + p.rng.randbytes(310) + b"PAR1")
        p.findings.append(CONTRADICTION)
    state = (lambda start, relations, end, _: p.may(start, relations, end)) if wrong else p.say
    for source in sources:
        state(data, ("derived-from",), source, "Croissant 1.0")
    state(data, MADE, maker, "Croissant 1.0")


@case("evaluation")
def set_and_its_reader(p: Project) -> None:
    """Croissant 1.1 in a folder, with a chain of provenance; a model beside it whose card names the set by its address."""
    data, source, collector, labeller = p.dataset("no"), p.dataset("free"), p.party(), p.party()
    p.allowed_findings.add(GAP)
    model, base = p.model(), p.model("yes")
    where = f"sets/{data.last}/"
    croissant(p, data, "1.1", {
        "prov:wasDerivedFrom": [{"@id": hub(source.name, True), "@type": "prov:Entity", "prov:label": source.name}],
        "prov:wasGeneratedBy": [
            {"@type": "prov:Activity", "prov:type": {"@id": "https://www.wikidata.org/wiki/Q4929239"}, "prov:label": "Data collection",
             "prov:wasAssociatedWith": [{"@type": "prov:Agent", "prov:label": collector.name}]},
            {"@type": "prov:Activity", "prov:type": {"@id": "https://www.wikidata.org/wiki/Q109719325"}, "prov:label": "Data annotation",
             "prov:wasAssociatedWith": [{"@type": "prov:Agent", "prov:label": labeller.name}, {"@type": "prov:SoftwareAgent", "prov:label": "label-ui 2.1"}]}]}, where, "croissant.json")
    data.names = [name for name in data.names if name != p.root.name] + [where.rstrip("/"), f"{where}data/train.csv", f"{where}croissant.json", hub(data.name, True)]
    place = nested(p, model)
    p.card(place, {"license": "mit", "base_model": base.name, "datasets": [data.name]}, model, f"It was tuned on [our set]({hub(data.name, True)}).")
    p.may(data, RELATIONS, p.thing("party", "label-ui 2.1", "free"))
    p.say(data, "derived-from", source, "Croissant 1.1")
    p.say(data, "collected-by", collector, "Croissant 1.1")
    p.say(data, "labelled-by", labeller, "Croissant 1.1")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


# ---------------------------------------------------------------- configurations

@case("evaluation")
def picture_job(p: Project) -> None:
    """A picture adapter with the job file of its trainer: base by name, pictures in a folder that is here."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, False)
    word = p.pick("data")
    data = p.thing("dataset", f"pictures/{word}", "free", word)
    for number in range(3):
        p.write(f"pictures/{word}/{number:03}.txt", f"a photo, number {number}\n")
        p.write(f"pictures/{word}/{number:03}.jpg", b"\xff\xd8\xff\xe0" + p.rng.randbytes(60) + b"\xff\xd9")
    p.weights(place, model, {"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": ("F16", (16, 32)),
                             "transformer.single_transformer_blocks.0.attn.to_q.lora_B.weight": ("F16", (32, 16))}, name=f"{model.last}.safetensors")
    p.write(f"{place}config.yaml", f"""\
job: extension
config:
  name: {model.last}
  process:
  - type: sd_trainer
    training_folder: output
    device: cuda:0
    trigger_word: k1ln
    network:
      type: lora
      linear: 16
      linear_alpha: 16
    save:
      dtype: float16
      save_every: 250
    datasets:
    - folder_path: pictures/{word}
      caption_ext: txt
      resolution:
      - 512
      - 1024
    train:
      batch_size: 1
      steps: 2000
      lr: 0.0004
    model:
      name_or_path: {base.name}
      is_flux: true
      quantize: true
meta:
  name: '[name]'
  version: '1.0'
""")
    if p.rng.random() < 0.5:
        readme(p, place, ["tags:", "- text-to-image", "- flux", "- lora", "- diffusers", "- template:sd-lora", "widget:", "- text: k1ln by the sea", "  output:",
                          "    url: samples/1.jpg", f"base_model: {base.name}", "instance_prompt: k1ln", "license: other"],
               f"# {model.last}\n\nModel trained with [AI Toolkit](https://github.com/ostris/ai-toolkit)\n\n## Trigger words\n\nYou should use `k1ln` to trigger the image generation.")
    p.allowed_findings.add(GAP)
    p.say(model, ("adapter-of", *TUNED), base, "trainer YAML")
    p.say(model, USED, data, "trainer YAML")


@case("evaluation")
def recipe_of_a_library(p: Project) -> None:
    """The card names the base; the recipe the training was run with has the set, and the base as a folder of downloads."""
    model, place = simple_model(p)
    base, data = p.model("yes"), p.dataset()
    p.write(f"{place}full_finetune.yaml", f"""\
# Config for single device full finetuning
output_dir: /tmp/torchtune/{model.last}

tokenizer:
  _component_: torchtune.models.llama3.llama3_tokenizer
  path: /tmp/{base.last}/original/tokenizer.model
  max_seq_len: null

dataset:
  _component_: torchtune.datasets.instruct_dataset
  source: {data.name}
  split: train
  packed: False
seed: null
shuffle: True

model:
  _component_: torchtune.models.llama3.llama3_8b

checkpointer:
  _component_: torchtune.training.FullModelHFCheckpointer
  checkpoint_dir: /tmp/{base.last}/
  checkpoint_files: [model-00001-of-00002.safetensors, model-00002-of-00002.safetensors]
  recipe_checkpoint: null
  output_dir: ${{output_dir}}
  model_type: LLAMA3
resume_from_checkpoint: False

batch_size: 2
epochs: 1
optimizer:
  _component_: bitsandbytes.optim.PagedAdamW8bit
  lr: 2e-5
""")
    base.names += [f"/tmp/{base.last}", f"/tmp/{base.last}/"]
    p.card(place, {"license": "llama3", "base_model": base.name, "base_model_relation": "finetune", "library_name": "torchtune"}, model)
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, USED, data, "trainer YAML")


@case("evaluation")
def prompt_tuned(p: Project) -> None:
    """Tuned prompts: the configuration names the base and its tokeniser; the card is PEFT's template."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, {"prompt_embeddings": ("F32", (8, 32))}, name="adapter_model.safetensors")
    p.json(f"{place}adapter_config.json", {"auto_mapping": None, "base_model_name_or_path": base.name, "inference_mode": True, "num_attention_heads": 4, "num_layers": 2,
                                           "num_transformer_submodules": 1, "num_virtual_tokens": 8, "peft_type": "PROMPT_TUNING",
                                           "prompt_tuning_init": "TEXT", "prompt_tuning_init_text": f"Answer as well as {unrelated(p)} does:", "revision": None,
                                           "task_type": "CAUSAL_LM", "token_dim": 32, "tokenizer_name_or_path": base.name})
    if p.rng.random() < 0.6:
        readme(p, place, ["library_name: peft", f"base_model: {base.name}"],
               "# Model Card for Model ID\n\n- **Developed by:** [More Information Needed]\n- **Finetuned from model [optional]:** [More Information Needed]\n\n### Framework versions\n\n- PEFT 0.11.1")
    model.names += ["Model ID", "Model Card for Model ID"]
    p.say(model, ("adapter-of", *TUNED), base, "adapter_config")


@case("evaluation")
def robot_policy(p: Project) -> None:
    """A policy for a robot: the run's configuration names the set and the start, the card both or one."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, {"model.state_proj.weight": ("F32", (32, 6)), "model.action_out_proj.weight": ("F32", (6, 32))})
    p.json(f"{place}config.json", {"type": "smolvla", "n_obs_steps": 1, "input_features": {"observation.state": {"type": "STATE", "shape": [6]}},
                                   "output_features": {"action": {"type": "ACTION", "shape": [6]}}, "device": "cuda", "chunk_size": 50})
    p.json(f"{place}train_config.json", {"dataset": {"repo_id": data.name, "root": None, "episodes": None, "revision": None, "video_backend": "torchcodec"}, "env": None,
                                         "policy": {"type": "smolvla", "device": "cuda", "repo_id": model.name, "pretrained_path": base.name},
                                         "output_dir": "outputs/train/arm", "job_name": "arm", "resume": False, "seed": 1000, "batch_size": 64, "steps": 20000})
    front = [f"base_model: {base.name}", *([f"datasets: {data.name}"] if p.rng.random() < 0.7 else []), "library_name: lerobot", "license: apache-2.0", f"model_name: {model.last}",
             "pipeline_tag: robotics", "tags:", "- robotics", "- lerobot"]
    readme(p, place, front, f"""
# Model Card for {model.last}

This policy has been trained and pushed to the Hub using [LeRobot](https://github.com/huggingface/lerobot).
See the full documentation at [LeRobot Docs](https://huggingface.co/docs/lerobot/index).

## How to Get Started with the Model

```bash
lerobot-train --dataset.repo_id=${{HF_USER}}/<dataset> --policy.type=act --policy.repo_id=${{HF_USER}}/<policy>
```
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, USED, data, "training configuration")


@case("evaluation")
def extra_heads(p: Project) -> None:
    """Heads that guess ahead for another model, which the configuration names."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, p.rng.random() < 0.5)
    p.weights(place, model, {f"{head}.{layer}.weight": ("F16", (32, 32)) for head in range(3) for layer in range(2)}, name="medusa_lm_head.safetensors")
    p.json(f"{place}config.json", {"base_model_name_or_path": base.name, "medusa_num_heads": 3, "medusa_num_layers": 1, "model_type": "medusa", "transformers_version": "4.36.2"})
    if p.rng.random() < 0.5:
        readme(p, place, ["license: apache-2.0"], f"# {model.last}\n\nDecoding heads; see [the paper](https://arxiv.org/abs/2401.10774).")
    p.say(model, ("adapter-of", *TUNED), base, "config.json")


@case("evaluation")
def tower(p: Project) -> None:
    """A model that sees: the configuration has its language half and its tower, the card the former and the data."""
    model, words, eyes, data, more = p.model(), p.model("yes"), p.model("yes"), p.dataset(), p.dataset()
    place = p.home(model, p.rng.random() < 0.5)
    split(p, place, model, mf.llama(*LLAMA))
    p.config(place, "LlavaLlamaForCausalLM", _name_or_path=words.name, mm_vision_tower=eyes.name, mm_hidden_size=64, mm_projector_type="mlp2x_gelu",
             mm_vision_select_layer=-2, tune_mm_mlp_adapter=False, use_mm_proj=True)
    p.card(place, {"license": "apache-2.0", "base_model": words.name, "datasets": [data.name, more.name], "pipeline_tag": "image-text-to-text"}, model)
    p.say(model, (*TUNED, "merged-from"), words, "model card")
    p.say(model, ANY_ORIGIN, eyes, "config.json")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "trained-on", more, "model card")


@case("evaluation")
def run_and_card(p: Project) -> None:
    """A pipeline that was run, whose last stage leaves a model with a card: the card knows the base, the lock the data."""
    word = p.pick("data").lower()
    raw = p.thing("dataset", "data/export.jsonl", "yes", "export.jsonl")
    ready = p.thing("dataset", f"data/{word}.jsonl", "no", f"{word}.jsonl", word)
    base = p.model("yes")
    model = p.thing("model", "models/final/model.safetensors", "no", "models/final", "final")
    path = p.weights("models/final/", model, mf.llama(*LLAMA))
    p.config("models/final/")
    readme(p, "models/final/", ["license: mit", f"base_model: {base.name}", "base_model_relation: finetune"], "# Final model\n\nSee `dvc.yaml`.")
    model.names += ["Final model", f"{p.root.name}/models/final"]

    def entry(name: str, digest: str = "") -> str:
        return f"    - path: {name}\n      hash: md5\n      md5: {digest or p.rng.randbytes(16).hex()}\n      size: {p.rng.randrange(10**6)}\n"
    for script in ("clean", "train", "score"):
        p.write(f"scripts/{script}.py", f"print('{script}')\n")
    code = {script: hashlib.md5((p.root / f"scripts/{script}.py").read_bytes()).hexdigest() for script in ("clean", "train", "score")}
    weights = f"    - path: {model.name}\n      hash: md5\n      md5: {hashlib.md5(path.read_bytes()).hexdigest()}\n      size: {path.stat().st_size}\n"
    p.write("params.yaml", "train:\n  lr: 2.0e-05\n  epochs: 2\n")
    p.write("dvc.yaml", f"""\
stages:
  clean:
    cmd: python scripts/clean.py
    deps:
    - {raw.name}
    - scripts/clean.py
    outs:
    - {ready.name}
  train:
    cmd: python scripts/train.py
    deps:
    - {ready.name}
    - scripts/train.py
    params:
    - train
    outs:
    - {model.name}
  score:
    cmd: python scripts/score.py
    deps:
    - {model.name}
    - scripts/score.py
    metrics:
    - metrics.json:
        cache: false
""")
    p.write("dvc.lock", "schema: '2.0'\nstages:\n"
            f"  clean:\n    cmd: python scripts/clean.py\n    deps:\n{entry(raw.name)}{entry('scripts/clean.py', code['clean'])}    outs:\n{entry(ready.name)}"
            f"  train:\n    cmd: python scripts/train.py\n    deps:\n{entry(ready.name)}{entry('scripts/train.py', code['train'])}    params:\n      params.yaml:\n        train:\n          epochs: 2\n          lr: 2.0e-05\n    outs:\n{weights}"
            f"  score:\n    cmd: python scripts/score.py\n    deps:\n{weights}{entry('scripts/score.py', code['score'])}    outs:\n{entry('metrics.json')}")
    for script, out in (("clean", ready), ("train", model)):
        p.may(out, RELATIONS, p.thing("code", f"scripts/{script}.py", "free", f"{script}.py"))
    p.say(ready, "derived-from", raw, "dvc.lock")
    p.say(model, USED, ready, "dvc.lock")
    p.say(model, "fine-tuned-from", base, "model card")


@case("evaluation")
def two_assistants(p: Project) -> None:
    """Two Modelfiles in folders: one starts from the hub, one from a model of the library; what they are told has a line that looks like a start."""
    quick = p.pick("models").lower()
    remote = p.thing("model", f"{p.pick('orgs')}/{p.pick('models')}-7B-GGUF", "yes")
    library = p.thing("model", f"{quick}:8b", "yes", quick, f"{quick}:8b-instruct", f"library/{quick}", f"library/{quick}:8b")
    remote.names += [f"hf.co/{remote.name}", f"hf.co/{remote.name}:Q4_K_M", f"{remote.name}:Q4_K_M", f"huggingface.co/{remote.name}"]
    for word, start, base, told in (("report-writer", f"hf.co/{remote.name}:Q4_K_M", remote, "You write monthly reports in plain words."),
                                    ("query-helper", library.name, library, "Answer with one query and nothing else, such as\nSELECT name\nFROM customers\nLIMIT 5")):
        model = p.thing("model", f"assistants/{word}", "no", word, f"assistants/{word}/Modelfile")
        p.write(f"assistants/{word}/Modelfile", f"""\
# build with: ollama create {word} -f Modelfile
# FROM ./local-test.gguf
FROM {start}

PARAMETER temperature 0.3
PARAMETER num_ctx 8192

SYSTEM \"\"\"
{told}
\"\"\"

MESSAGE user Hello
MESSAGE assistant Hello, what do you need?
LICENSE MIT
""")
        p.say(model, ANY_ORIGIN, base, "Modelfile")


@case("evaluation")
def merge_of_near_and_far(p: Project) -> None:
    """A merge of a model that lies in the project, named by its folder, and one on the hub; the near one says where it is from."""
    near, far, base = p.model(), p.model("yes"), p.model("yes")
    place = nested(p, near)
    p.card(place, {"license": "apache-2.0", "base_model": base.name, "base_model_relation": "finetune"}, near)
    model, home = simple_model(p)
    near.names.append(f"./models/{near.name}")
    method = p.rng.choice(("linear", "task_arithmetic"))
    p.write(f"{home}mergekit_config.yml", f"""\
models:
  - model: ./models/{near.name}
    parameters:
      weight: 0.7
  - model: {far.name}
    parameters:
      weight: 0.3
merge_method: {method}
{f'base_model: {base.name}' if method == 'task_arithmetic' else '# no base model is needed'}
dtype: bfloat16
""")
    model.names = [name for name in model.names if name != "model.safetensors"]
    p.say(near, "fine-tuned-from", base, "model card")
    p.say(model, "merged-from", near, "mergekit")
    p.say(model, "merged-from", far, "mergekit")
    if method == "task_arithmetic":
        p.say(model, ("merged-from", *TUNED), base, "mergekit")


@case("evaluation")
def calibrated(p: Project) -> None:
    """Two GGUF files of one model, each with the text it was calibrated with: that is not what it was trained on."""
    model, base = p.model(), p.model("yes")
    place = p.home(model, p.rng.random() < 0.5)
    text = p.thing("dataset", "calibration_v5.txt", "free", "/training_dir/calibration_v5.txt", "calibration_v5")
    fields = base_fields(base)
    for kind in ("Q4_K_M", "Q6_K"):
        ggufs(p, model, place, {**fields, "quantize.imatrix.file": f"/models/{model.last}.imatrix", "quantize.imatrix.dataset": "/training_dir/calibration_v5.txt",
                                "quantize.imatrix.entries_count": 224, "quantize.imatrix.chunks_count": 125}, f"{model.last}-{kind}.gguf")
    if p.rng.random() < 0.5:
        readme(p, place, ["quantized_by: us", "pipeline_tag: text-generation", f"base_model: {base.name}", "base_model_relation: quantized"],
               f"## Llamacpp imatrix Quantizations of {base.last}\n\nOriginal model: {hub(base.name)}\n\nAll quants made using imatrix option.")
        model.names.append(f"Llamacpp imatrix Quantizations of {base.last}")
        p.may(model, RELATIONS, p.thing("party", "us", "free"))
    p.may(model, tuple(relation for relation in RELATIONS if relation != "trained-on"), text)
    p.allowed_findings.add(GAP)
    p.say(model, CONVERTED, base, "GGUF")


# ---------------------------------------------------------------- statements

@case("evaluation")
def set_with_statement(p: Project) -> None:
    """A set of two splits, built from a larger one; the statement covers both files."""
    data, source, builder = p.dataset("free"), far_data(p), builder_of(p)
    data.names += [p.root.name, "train.jsonl", "test.jsonl", "data/train.jsonl", "data/test.jsonl"]
    paths = [lines(p, f"data/{split_name}.jsonl") for split_name in ("train", "test")]
    readme(p, "", ["license: odc-by", f"pretty_name: {data.last}", "task_categories:", "- text-generation"], f"# {data.last}\n\nTwo splits.")
    subjects = [subject(path, f"data/{path.name}") for path in paths]
    if p.rng.random() < 0.5:
        material = hub_material(p, source, name=source.name, annotations={"type": "dataset"})
        p.write("attestation.jsonl", json.dumps(bundle(p, v1(subjects, [material], builder.name, {"filter": "language == 'en'"}))) + "\n")
    else:
        material = hub_material(p, source)
        material["digest"] = {"sha1": material["digest"]["gitCommit"]}
        p.json("attestations/data.intoto.json", v02(subjects, [material], builder.name))
    p.say(data, "derived-from", source, "SLSA")
    p.say(data, "built-by", builder, "SLSA")


@case("evaluation")
def conversion_with_statement(p: Project) -> None:
    """Two GGUF files whose statement has both as subjects, and as dependencies the parts of the model beside them, by digest."""
    full, base, builder = p.model(), p.model("yes"), builder_of(p)
    small = p.thing("model", f"{full.name}-GGUF")
    place, home = p.home(full, True), p.home(small, True)
    parts = split(p, place, full, mf.llama(64, 2, 128))
    p.json(f"{place}config.json", {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 128})
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "mit"}, full)
    files = [p.root / ggufs(p, small, home, {"general.name": small.last}, f"{small.last}-{kind}.gguf") for kind in ("Q4_K_M", "Q8_0")]
    body = v1([subject(path) for path in files],
              [{"name": path.name, "uri": f"file:///build/models/{full.name}/{path.name}", "digest": {"sha256": sha256(path)}} for path in parts],
              builder.name, {"types": ["Q4_K_M", "Q8_0"]}, "https://example.com/convert/v1")
    full.names += [f"file:///build/models/{full.name}/{path.name}" for path in parts]
    p.write(f"{home}provenance.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    p.say(full, "fine-tuned-from", base, "model card")
    p.say(small, ANY_ORIGIN, full, "SLSA v1")
    p.say(small, "built-by", builder, "SLSA v1")


@case("evaluation")
def recipe_and_statement(p: Project) -> None:
    """A merge with its recipe, and a statement about its file that names the same two models, or two others."""
    model, place = simple_model(p, p.rng.random() < 0.5)
    first, second, builder = p.model("yes"), p.model("yes"), builder_of(p)
    p.write(f"{place}mergekit_config.yml", f"models:\n  - model: {first.name}\n  - model: {second.name}\nmerge_method: model_stock\nbase_model: {first.name}\ndtype: float16\n")
    wrong = p.rng.random() < 0.5
    named = [p.model("yes"), p.model("yes")] if wrong else [second, first]
    materials = [hub_material(p, thing, name=thing.name, annotations={"type": "model", "role": "base-model"}) for thing in named]
    body = v1([subject(p.root / f"{place}model.safetensors")], materials, builder.name, {"recipe": "mergekit_config.yml"})
    p.json(f"{place}provenance.json", sealed(p, body) if p.rng.random() < 0.5 else body)
    if wrong:
        contradiction(p, model, first, second, *named)
        p.allowed_findings.add(GAP)
    else:
        for thing in named:
            p.say(model, ("merged-from",), thing, "mergekit")
            p.may(model, tuple(relation for relation in ANY_ORIGIN if relation != "merged-from"), thing)
    p.say(model, "built-by", builder, "SLSA v1")


# ---------------------------------------------------------------- bills of materials

@case("evaluation")
def generated_bill(p: Project) -> None:
    """What a generator of bills writes for a model of the hub: an application that depends on it, its set in place with an owner."""
    model, base, data, maker, owner = p.model(), far_model(p), far_data(p), p.party(), p.party()
    entry = part(model, manufacturer={"name": maker.name}, description="A model for text generation", licenses=[{"license": {"id": "Apache-2.0"}}],
                 externalReferences=[{"type": "website", "url": hub(model.name)}, {"type": "distribution", "url": f"{hub(model.name)}/tree/main"}],
                 pedigree={"ancestors": [part(base)]},
                 modelCard={"modelParameters": {"approach": {"type": "supervised"}, "task": "text-generation", "architectureFamily": "llama", "modelArchitecture": "LlamaForCausalLM",
                                                "inputs": [{"format": "text"}], "outputs": [{"format": "text"}],
                                                "datasets": [{"type": "dataset", "name": data.name, "contents": {"url": hub(data.name, True)}, "classification": "public",
                                                              "governance": {"owners": [{"organization": {"name": owner.name}}]}}]},
                            "considerations": {"users": ["developers"], "useCases": ["chat"], "technicalLimitations": ["short texts only"]},
                            "properties": [{"name": "library_name", "value": "transformers"}]})
    app = p.thing("code", "inference-app", "free", "pkg:generic/inference-app@1.0")
    p.may(app, RELATIONS, model)
    cdx(p, p.rng.choice(("1.6", "1.7")), p.rng.choice(("ai_sbom.json", "bom.cdx.json", "sbom/aibom.cdx.json")),
        metadata={"timestamp": "2025-11-01T10:00:00Z", "tools": {"components": [{"type": "application", "name": "aibom-writer", "version": "1.0"}]},
                  "component": {"type": "application", "bom-ref": "pkg:generic/inference-app@1.0", "name": app.name, "version": "1.0"}},
        components=[entry, {"type": "library", "bom-ref": "pkg:pypi/transformers@4.46.0", "name": "transformers", "version": "4.46.0", "purl": "pkg:pypi/transformers@4.46.0"}],
        dependencies=[{"ref": "pkg:generic/inference-app@1.0", "dependsOn": [entry["bom-ref"], "pkg:pypi/transformers@4.46.0"]}])
    p.say(model, ANY_ORIGIN, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, MADE, maker, "CycloneDX")
    p.say(data, ("supplied-by", "collected-by", "republished-by"), owner, "CycloneDX")


@case("evaluation")
def bill_with_patches(p: Project) -> None:
    """A pedigree with commits, patches and notes beside its ancestor; the set is a component with an ancestor of its own."""
    model, base, data, raw = p.model(), far_model(p), p.dataset("free"), far_data(p)
    stored = {**part(data, "data", data=[{"type": "dataset", "name": data.name}]), "pedigree": {"ancestors": [part(raw, "data", data=[{"type": "dataset", "name": raw.name}])]}}
    commit = p.rng.randbytes(20).hex()
    entry = part(model, pedigree={"ancestors": [part(base)],
                                  "commits": [{"uid": commit, "url": f"https://github.com/{p.pick('orgs')}/recipes/commit/{commit}", "message": "Raise the rate"}],
                                  "patches": [{"type": "unofficial", "diff": {"url": "https://example.com/vocabulary.diff"}}],
                                  "notes": f"Not to be confused with {unrelated(p)}."},
                 modelCard={"modelParameters": {"datasets": [{"ref": stored["bom-ref"]}]}, "quantitativeAnalysis": {"performanceMetrics": [{"type": "accuracy", "value": "0.81", "slice": "long questions"}]}})
    cdx(p, p.rng.choice(("1.5", "1.6")), p.rng.choice(("bom.json", "mlbom.cdx.json")), metadata={"timestamp": "2025-04-11T08:00:00Z", "component": entry},
        components=[stored, {"type": "file", "bom-ref": "tokenizer", "name": "tokenizer.json"}], dependencies=[{"ref": entry["bom-ref"], "dependsOn": ["tokenizer"]}])
    p.may(model, RELATIONS, p.thing("code", "tokenizer.json", "free", "tokenizer"))
    p.say(model, ANY_ORIGIN, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(data, "derived-from", raw, "CycloneDX")


@case("evaluation")
def bill_family_in_xml(p: Project) -> None:
    """A bill in XML: its subject and one of its components are models, each with its ancestor; the set by reference."""
    model, middle, root, data, supplier = p.model(), p.model("free"), far_model(p), far_data(p), p.party()
    version = p.rng.choice(("1.5", "1.6"))

    def head(thing: Thing) -> str:
        org, _, last = thing.name.partition("/")
        thing.names += [f"pkg:huggingface/{thing.name}@2", f"pkg:huggingface/{thing.name}"]
        return f"<group>{org}</group><name>{last}</name><version>2</version>"

    def ref(thing: Thing) -> str:
        return f"pkg:huggingface/{thing.name}@2"

    def ancestor(thing: Thing) -> str:
        return (f'<pedigree><ancestors><component type="machine-learning-model">{head(thing)}<purl>{ref(thing)}</purl></component></ancestors></pedigree>')
    p.write(p.rng.choice(("bom.xml", "sbom/model.cdx.xml")), f"""<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/{version}" version="1">
  <metadata>
    <timestamp>2025-02-01T00:00:00Z</timestamp>
    <component type="machine-learning-model" bom-ref="{ref(model)}">
      <supplier><name>{supplier.name}</name></supplier>
      {head(model)}
      <purl>{ref(model)}</purl>
      {ancestor(middle)}
      <modelCard><modelParameters><task>summarization</task><datasets><ref>{ref(data)}</ref></datasets></modelParameters></modelCard>
    </component>
  </metadata>
  <components>
    <component type="machine-learning-model" bom-ref="{ref(middle)}">
      {head(middle)}
      <purl>{ref(middle)}</purl>
      {ancestor(root)}
    </component>
    <component type="data" bom-ref="{ref(data)}">
      {head(data)}
      <purl>{ref(data)}</purl>
      <data><type>dataset</type><name>{data.name}</name></data>
    </component>
    <component type="library" bom-ref="pkg:pypi/torch@2.5.0"><name>torch</name><version>2.5.0</version><purl>pkg:pypi/torch@2.5.0</purl></component>
  </components>
</bom>
""")
    p.say(model, ANY_ORIGIN, middle, "CycloneDX XML")
    p.say(middle, ANY_ORIGIN, root, "CycloneDX XML")
    p.say(model, "trained-on", data, "CycloneDX XML")
    p.say(model, "supplied-by", supplier, "CycloneDX XML")


@case("evaluation")
def spdx_in_two_documents(p: Project) -> None:
    """SPDX 3: the model's document imports the set from the set's own document, which says where that is from."""
    model, base, data, raw, maker = p.model(), far_model(p), p.dataset("free"), far_data(p), p.party()
    first, second = Spdx(p), Spdx(p)
    origin = second.add(maker)
    stored = second.add(data, originatedBy=[origin], dataset_datasetType=["text"])
    second.relate(second.add(raw), "generates", stored)
    top = first.add(model)
    first.relate(top, "trainedOn", stored)
    first.relate(top, "descendantOf", first.add(base))
    for document, root, file, imports in ((first, top, "model.spdx.json", [{"type": "ExternalMap", "externalSpdxId": stored, "locationHint": "data.spdx.json"}]),
                                          (second, stored, "data.spdx.json", [])):
        document.graph.append({"type": "SpdxDocument", "spdxId": document.space + "document", "creationInfo": "_:info", "rootElement": [root],
                               "profileConformance": ["core", "software", "ai", "dataset"], **({"import": imports} if imports else {})})
        p.json(f"sbom/{file}", {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": document.graph})
    p.say(model, "trained-on", data, "SPDX 3")
    p.say(model, ANY_ORIGIN, base, "SPDX 3")
    p.say(data, "derived-from", raw, "SPDX 3")
    p.say(data, MADE, maker, "SPDX 3")


@case("evaluation")
def spdx_and_adapter(p: Project) -> None:
    """An adapter's configuration and an SPDX 3 document with the digest of its weights: one base, or two."""
    model, base, supplier = p.model(), p.model("yes"), p.party()
    place = p.home(model, p.rng.random() < 0.5)
    adapter_files(p, place, model, base.name)
    document = Spdx(p)
    wrong = p.rng.random() < 0.5
    said = p.model("yes") if wrong else base
    top = document.add(model, suppliedBy=document.add(supplier), verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": sha256(p.root / f"{place}adapter_model.safetensors")}])
    document.relate(top, "descendantOf", document.add(said))
    document.write(top)
    if wrong:
        contradiction(p, model, base, said)
        p.allowed_findings.add(GAP)
    else:
        p.say(model, "adapter-of", base, "adapter_config")
        p.may(model, tuple(relation for relation in ANY_ORIGIN if relation != "adapter-of"), base)
    p.say(model, "supplied-by", supplier, "SPDX 3")


# ---------------------------------------------------------------- rings

@case("evaluation")
def ring_of_three_carriers(p: Project) -> None:
    """A card names the second, the second's configuration the third, a bill has the first as the third's ancestor."""
    first, second, third = p.model(), p.model(), p.model()
    place = nested(p, first)
    nested(p, second, _name_or_path=third.name)
    p.card(place, {"license": "mit", "base_model": second.name, "base_model_relation": "finetune"}, first)
    entry = part(third, pedigree={"ancestors": [part(first)]}, modelCard={"modelParameters": {"task": "text-generation"}})
    cdx(p, p.rng.choice(("1.5", "1.6")), "bom.json", metadata={"component": entry}, components=[])
    p.say(first, "fine-tuned-from", second, "model card")
    p.say(second, TUNED, third, "config.json")
    p.say(third, ANY_ORIGIN, first, "CycloneDX")
    p.findings.append(CYCLE)


@case("evaluation")
def ring_of_sets_in_a_bill(p: Project) -> None:
    """SPDX 3: two sets, each generated from the other, and a model trained on one of them."""
    model, one, two = p.model(), p.dataset("free"), p.dataset("free")
    document = Spdx(p)
    top, first, second = document.add(model), document.add(one), document.add(two)
    document.relate(top, "trainedOn", first)
    document.relate(first, "generates", second)
    document.relate(second, "generates", first)
    document.write(top)
    p.allowed_findings.add(GAP)
    p.say(model, "trained-on", one, "SPDX 3")
    p.say(two, "derived-from", one, "SPDX 3")
    p.say(one, "derived-from", two, "SPDX 3")
    p.findings.append(CYCLE)


# ---------------------------------------------------------------- nothing to find

@case("evaluation")
def demo_page(p: Project) -> None:
    """A demonstration on the hub: its front matter lists the models and sets it uses. It is no model and made from none."""
    readme(p, "", ["title: Ask the Catalogue", "emoji: 🌾", "colorFrom: green", "colorTo: yellow", "sdk: gradio", "sdk_version: 4.44.0", "app_file: app.py", "pinned: false",
                   "license: apache-2.0", "models:", f"- {unrelated(p)}", "datasets:", f"- {p.pick('orgs')}/{p.pick('data')}"],
           "Check out the configuration reference at https://huggingface.co/docs/hub/spaces-config-reference")
    p.write("app.py", f'import gradio as gr\nfrom transformers import pipeline\n\nask = pipeline("text-generation", "{unrelated(p)}")\ngr.Interface(ask, "text", "text").launch()\n')


@case("evaluation")
def serving_files(p: Project) -> None:
    """Files by which models are served: a gateway's list, a chart's values, a composition. Nothing was made here."""
    one, two = unrelated(p), unrelated(p)
    p.write("gateway/config.yaml", f"model_list:\n  - model_name: default\n    litellm_params:\n      model: huggingface/{one}\n      api_base: http://vllm:8000\n  - model_name: small\n    litellm_params:\n      model: huggingface/{two}\n")
    p.write("chart/values.yaml", f"image:\n  repository: vllm/vllm-openai\n  tag: v0.6.3\nmodel:\n  name: {one}\n  revision: main\n  dtype: bfloat16\nresources:\n  limits:\n    nvidia.com/gpu: 1\n")
    p.write("docker-compose.yml", f"services:\n  vllm:\n    image: vllm/vllm-openai:v0.6.3\n    command: --model {one} --max-model-len 8192\n  embed:\n    image: ghcr.io/huggingface/text-embeddings-inference:1.5\n    command: --model-id {two}\n")
    p.write("README.md", f"# Serving\n\nWe serve [{one}]({hub(one)}) and [{two}]({hub(two)}). Start with `docker compose up`.\n")
