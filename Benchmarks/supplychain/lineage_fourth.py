"""Kinds of project of the fourth part, which was an evaluation half once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import modelfiles as mf
from lineage_projects import (
    ANY_ORIGIN, CONTRADICTION, CYCLE, GAP, PARTY_RELATIONS, RELATIONS, TUNED, WORDS, Project, Spdx, Thing,
    built, bundle, case, code_material, component, contradiction, croissant, gguf_header, hub, named_material, sealed, sha256, simple_model, subject,
)

WORDS["fourth"] = {
    "orgs": ("varnholt", "Okavi-AI", "saltmarsh_labs", "TerranovaNLP", "brisk.compute", "inkwell-research", "Hjelmar", "oxbow-ai"),
    "models": ("Wexford", "calliope", "Petrel", "Ironwood", "tansy", "Lodestar", "bittern", "Carmine", "Sextant", "willow", "Obelisk", "Fennec"),
    "data": ("ferry-timetables", "soil-samples", "JuryNotes", "lab-protocols", "chess-comments", "PoemLines", "flight-reports", "plant-labels",
             "phone-surveys", "glossary-qa"),
    "parties": ("Lagos Annotation Guild", "Vilnius Data Bureau", "Meadowbrook University", "Etiqueta Coop", "Sana Okafor", "Northern Parish Archive"),
    "builders": ("https://ci.varnholt.example/runners/h100", "https://builder.saltmarsh.example/argo/v3"),
}

HALF = 0.5
CONVERTED = ("quantized-from", *TUNED)


# ---------------------------------------------------------------- what the kinds share

def readme(p: Project, place: str, front: list[str], body: str) -> None:
    """A card, line by line."""
    head = ["---", *front, "---", ""] if front else []
    p.write(f"{place}README.md", "\n".join([*head, body.strip("\n"), ""]))


def far_model(p: Project) -> Thing:
    """A model that a statement or a bill names and that is not here: an open end or none, as one likes."""
    p.allowed_findings.add(GAP)
    return p.model("free")


def far_data(p: Project) -> Thing:
    p.allowed_findings.add(GAP)
    return p.dataset("free")


def unrelated(p: Project) -> str:
    """The name of a model that has nothing to do with it."""
    return f"{p.pick('orgs')}/{p.pick('models')}-9b"


def fake_link(name: str, dataset: bool = False) -> str:
    return f"[{name}]({hub(name, dataset)})"


def builder_of(p: Project) -> Thing:
    return p.thing("party", p.pick("builders"))


def split(p: Project, place: str, model: Thing, tensors: mf.Tensors) -> list[Path]:
    """Weights in two files, and their index."""
    names, where, paths = list(tensors), {}, []
    middle = len(names) // 2
    for number, part in enumerate((names[:middle], names[middle:])):
        file = f"model-{number + 1:05}-of-00002.safetensors"
        paths.append(p.weights(place, model, {name: tensors[name] for name in part}, name=file))
        where |= dict.fromkeys(part, file)
    p.json(f"{place}model.safetensors.index.json", {"metadata": {"total_size": sum(path.stat().st_size for path in paths)}, "weight_map": where})
    model.names.append(f"{place}model.safetensors.index.json")
    return paths


def lines(p: Project, place: str) -> Path:
    return p.write(place, "".join(json.dumps({"text": p.rng.randbytes(8).hex()}) + "\n" for _ in range(12)))


def adapter_files(p: Project, place: str, model: Thing, base: str, tensors: mf.Tensors | None = None, **others: object) -> None:
    """A low-rank adapter and its configuration."""
    p.weights(place, model, mf.lora(tensors or mf.llama(32, 2, 128), 8), name="adapter_model.safetensors")
    p.json(f"{place}adapter_config.json", {"alpha_pattern": {}, "auto_mapping": None, "base_model_name_or_path": base, "bias": "none", "inference_mode": True,
                                           "lora_alpha": 16, "peft_type": "LORA", "r": 8, "task_type": "CAUSAL_LM",
                                           "target_modules": ["v_proj", "q_proj"], **others})


# ---------------------------------------------------------------- cards that tools write

@case("fourth")
def hand_trl(p: Project) -> None:
    """TRL's card: base in both places, the data in the text at least; the quick start loads the model itself."""
    model, place = simple_model(p, p.rng.random() < HALF)
    base, data = p.model("yes"), p.dataset()
    trainer = p.rng.choice(("SFT", "DPO", "GRPO", "Reward"))
    front = [f"base_model: {base.name}", *([f"datasets: {data.name}"] if p.rng.random() < HALF else []), "library_name: transformers",
             f"model_name: {model.last}", "tags:", "- generated_from_trainer", "- trl", f"- {trainer.lower()}", "licence: license"]
    readme(p, place, front, f"""
# Model Card for {model.last}

This model is a fine-tuned version of {fake_link(base.name)} on the {fake_link(data.name, True)} dataset.
It has been trained using [TRL](https://github.com/huggingface/trl).

## Quick start

```python
from transformers import pipeline

question = "If you had a time machine, but could only go to the past or the future once and never return, which would you choose and why?"
generator = pipeline("text-generation", model="{model.name}", device="cuda")
output = generator([{{"role": "user", "content": question}}], max_new_tokens=128, return_full_text=False)[0]
print(output["generated_text"])
```

## Training procedure

This model was trained with {trainer}.

### Framework versions

- TRL: 0.15.2
- Transformers: 4.49.0
- Pytorch: 2.5.1
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fourth")
def hand_axolotl(p: Project) -> None:
    """A card with the trainer's own configuration folded into it, some of which is commented out."""
    model, place = simple_model(p)
    base, data, more = p.model("yes"), p.dataset(), p.dataset()
    dropped = f"{p.pick('orgs')}/{p.pick('data')}"
    readme(p, place, ["library_name: transformers", "license: apache-2.0", f"base_model: {base.name}", "tags:", "- axolotl", "- generated_from_trainer",
                      "datasets:", f"- {data.name}", f"- {more.name}", "model-index:", f"- name: {model.last}", "  results: []"], f"""
<!-- This model card has been generated automatically according to the information the Trainer had access to. You
should probably proofread and complete it, then remove this comment. -->

[<img src="https://raw.githubusercontent.com/axolotl-ai-cloud/axolotl/main/image/axolotl-badge-web.png" alt="Built with Axolotl" width="200" height="32"/>](https://github.com/axolotl-ai-cloud/axolotl)
<details><summary>See axolotl config</summary>

axolotl version: `0.9.1`
```yaml
base_model: {base.name}
model_type: AutoModelForCausalLM
tokenizer_type: AutoTokenizer
load_in_8bit: false
datasets:
  - path: {data.name}
    type: alpaca
  # - path: {dropped}
  #   type: chat_template
  - path: {more.name}
    type: chat_template
    split: train
val_set_size: 0.02
output_dir: ./outputs/out
sequence_len: 4096
# lora_model_dir:
num_epochs: 3
```

</details><br>

# {model.last}

This model is a fine-tuned version of {fake_link(base.name)} on the {data.name} and the {more.name} datasets.
It achieves the following results on the evaluation set:
- Loss: 0.8122

## Training and evaluation data

More information needed
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "trained-on", more, "model card")


@case("fourth")
def hand_unsloth(p: Project) -> None:
    """A card that names the base in small letters, a configuration that has the true case: the same."""
    base = p.thing("model", f"{p.pick('orgs')}/{p.pick('models')}-8B-Instruct-bnb-4bit", "yes")
    model, place = simple_model(p, p.rng.random() < HALF, _name_or_path=base.name, unsloth_version="2025.3.19")
    method = p.rng.choice(("", "finetuned "))
    small = base.name.lower()
    owner = model.name.split("/")[0]
    readme(p, place, [f"base_model: {small}", "tags:", "- text-generation-inference", "- transformers", "- unsloth", "- llama", "license: apache-2.0",
                      "language:", "- en"], f"""
# Uploaded {method} model

- **Developed by:** {owner}
- **License:** apache-2.0
- **Finetuned from model :** {small}

This llama model was trained 2x faster with [Unsloth](https://github.com/unslothai/unsloth) and Huggingface's TRL library.

[<img src="https://raw.githubusercontent.com/unslothai/unsloth/main/images/unsloth%20made%20with%20love.png" width="200"/>](https://github.com/unslothai/unsloth)
""")
    p.say(model, TUNED, base, "model card")


@case("fourth")
def hand_embedder(p: Project) -> None:
    """A sentence transformer with all that its library writes."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, p.rng.random() < HALF)
    test = p.thing("dataset", "sts-dev", "free", "sts dev", "sts_dev")
    p.weights(place, model, mf.bert(32, 2, 128, prefix=""))
    p.config(place, "BertModel", _name_or_path=base.name)
    p.json(f"{place}modules.json", [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                                    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}])
    p.json(f"{place}1_Pooling/config.json", {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True})
    p.json(f"{place}config_sentence_transformers.json", {"__version__": {"sentence_transformers": "3.4.1", "transformers": "4.49.0", "pytorch": "2.5.1"},
                                                         "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"})
    p.json(f"{place}sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})
    commit = p.rng.randbytes(20).hex()
    readme(p, place, ["tags:", "- sentence-transformers", "- sentence-similarity", "- generated_from_trainer", "- dataset_size:5000",
                      "- loss:MultipleNegativesRankingLoss", f"base_model: {base.name}", "widget:", "- source_sentence: A boat leaves.", "  sentences:",
                      "  - The ferry departs.", "  - A dog sleeps.", "datasets:", f"- {data.name}", "pipeline_tag: sentence-similarity",
                      "library_name: sentence-transformers", "model-index:", f"- name: SentenceTransformer based on {base.name}", "  results:", "  - task:",
                      "      type: semantic-similarity", "      name: Semantic Similarity", "    dataset:", "      name: sts dev", "      type: sts-dev",
                      "    metrics:", "    - type: pearson_cosine", "      value: 0.81", "      name: Pearson Cosine"], f"""
# SentenceTransformer based on {base.name}

This is a [sentence-transformers](https://www.SBERT.net) model finetuned from {fake_link(base.name)} on the [{data.last}]({hub(data.name, True)}) dataset. It maps sentences & paragraphs to a 32-dimensional dense vector space and can be used for semantic textual similarity.

## Model Details

### Model Description
- **Model Type:** Sentence Transformer
- **Base model:** {fake_link(base.name)} <!-- at revision {commit} -->
- **Maximum Sequence Length:** 512 tokens
- **Training Dataset:**
    - [{data.last}]({hub(data.name, True)})
<!-- - **Language:** Unknown -->

## Usage

```python
from sentence_transformers import SentenceTransformer

# Download from the Hub
model = SentenceTransformer("sentence_transformers_model_id")
```

## Evaluation

### Metrics

#### Semantic Similarity

* Dataset: `sts-dev`
* Evaluated with [<code>EmbeddingSimilarityEvaluator</code>](https://sbert.net/docs/package_reference/sentence_transformer/evaluation.html)

| Metric             | Value |
|:-------------------|:------|
| pearson_cosine     | 0.81  |

## Training Details

### Training Dataset

#### {data.last}

* Dataset: [{data.last}]({hub(data.name, True)}) at [{commit[:7]}]({hub(data.name, True)}/tree/{commit})
* Size: 5,000 training samples
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "evaluated-on", test, "model-index")


@case("fourth")
def hand_requantizer(p: Project) -> None:
    """Those who put GGUF files of other people's models on the hub, in three hands."""
    base = p.model("yes")
    owner = p.pick("orgs")
    model = p.thing("model", f"{owner}/{base.last}-GGUF")
    place = p.home(model, p.rng.random() < HALF)
    file = f"{base.last}.Q8_0.gguf"
    mf.gguf(p.root / f"{place}{file}", gguf_header(p, model, {}), mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [f"{place}{file}", file, file.removesuffix(".gguf")]
    pick = p.rng.randrange(3)
    if pick == 0:
        front = [f"base_model: {base.name}", "language:", "- en", "library_name: transformers", "license: apache-2.0", "mradermacher:", "  readme_rev: 1",
                 f"quantized_by: {owner}", "tags: []"]
        body = f"""
## About

<!-- ### quantize_version: 2 -->
<!-- ### convert_type: hf -->
<!-- ### tags:  -->
static quants of {hub(base.name)}

<!-- provided-files -->
weighted/imatrix quants are available at https://huggingface.co/{owner}/{base.last}-i1-GGUF

## Provided Quants

| Link | Type | Size/GB | Notes |
|:-----|:-----|--------:|:------|
| [GGUF]({hub(model.name)}/resolve/main/{file}) | Q8_0 | 0.1 | fast, best quality |
"""
    elif pick == 1:
        data = p.dataset("free")
        front = ["license: mit", "datasets:", f"- {data.name}", f"base_model: {base.name}", "tags:", "- llama-cpp", "- gguf-my-repo"]
        body = f"""
# {model.name}
This model was converted to GGUF format from [`{base.name}`]({hub(base.name)}) using llama.cpp via the ggml.ai's [GGUF-my-repo](https://huggingface.co/spaces/ggml-org/gguf-my-repo) space.
Refer to the [original model card]({hub(base.name)}) for more details on the model.

## Use with llama.cpp

```bash
llama-cli --hf-repo {model.name} --hf-file {file} -p "The meaning to life and the universe is"
```
"""
        p.say(model, "trained-on", data, "model card", base)
    else:
        front = [f"quantized_by: {owner}", "pipeline_tag: text-generation", "base_model_relation: quantized", f"base_model: {base.name}"]
        body = f"""
## Llamacpp imatrix Quantizations of {base.last} by {base.name.split('/')[0]}

Using <a href="https://github.com/ggerganov/llama.cpp/">llama.cpp</a> release <a href="https://github.com/ggerganov/llama.cpp/releases/tag/b4792">b4792</a> for quantization.

Original model: {hub(base.name)}

All quants made using imatrix option with a calibration file.

| Filename | Quant type | File Size | Description |
| -------- | ---------- | --------- | ----------- |
| [{file}]({hub(model.name)}/blob/main/{file}) | Q8_0 | 0.1GB | Extremely high quality. |
"""
    readme(p, place, front, body)
    p.say(model, "quantized-from" if pick == 2 else CONVERTED, base, "model card")


@case("fourth")
def hand_converter(p: Project) -> None:
    """A conversion whose front matter was copied from the converted model's card, so that it names that one's base."""
    model, source, base = p.model(), p.model("free"), p.model("yes")
    place = p.home(model, p.rng.random() < HALF)
    p.weights(place, model, mf.gptq(mf.llama(32, 2, 128)), {"format": "mlx"})
    p.config(place, quantization={"group_size": 64, "bits": 4}, quantization_config={"group_size": 64, "bits": 4})
    readme(p, place, ["license: apache-2.0", "pipeline_tag: text-generation", f"base_model: {base.name}", "tags:", "- chat", "- mlx", "library_name: mlx"], f"""
# {model.name}

The Model {fake_link(model.name)} was
converted to MLX format from {fake_link(source.name)}
using mlx-lm version **0.22.1**.

## Use with mlx

```python
from mlx_lm import load, generate

model, tokenizer = load("{model.name}")
```
""")
    p.say(model, CONVERTED, source, "model card")
    p.say(model, (*CONVERTED, "adapter-of"), base, "model card", source)
    p.allowed_findings.add(CONTRADICTION)


@case("fourth")
def hand_autotrain(p: Project) -> None:
    """AutoTrain's card and the parameters it leaves beside it."""
    model, place = simple_model(p)
    base = p.model("yes")
    data = p.thing("dataset", f"{p.pick('orgs')}/autotrain-data-{p.pick('data')}", "yes")
    p.json(f"{place}training_params.json", {"data_path": data.name, "model": base.name, "lr": 5e-05, "epochs": 3, "train_split": "train",
                                            "valid_split": "validation", "text_column": "text", "project_name": model.last, "push_to_hub": True})
    readme(p, place, ["library_name: transformers", "tags:", "- autotrain", "- text-generation", f"base_model: {base.name}", "widget:",
                      '- text: "I love AutoTrain"', "datasets:", f"- {data.name}", "co2_eq_emissions:", "  emissions: 1.0218403202204225"], """
# Model Trained Using AutoTrain

- Problem type: Text Generation

## Validation Metrics
loss: 0.275

## Usage

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model_path = "PATH_TO_THIS_REPO"
tokenizer = AutoTokenizer.from_pretrained(model_path)
```
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fourth")
def merge_pinned(p: Project) -> None:
    """A recipe with pinned revisions and a model taken out by a comment sign, and the card the tool wrote."""
    model, place = simple_model(p, p.rng.random() < HALF)
    first, second, base = p.model("yes"), p.model("yes"), p.model("yes")
    gone, revision = unrelated(p), p.rng.randbytes(20).hex()
    for thing in (first, second):
        thing.names.append(f"{thing.name}@{revision}")
    text = f"""\
models:
  - model: {first.name}@{revision}
    parameters: &even
      density: 0.6
      weight: 0.5
  - model: {second.name}
    parameters: *even
#  - model: {gone}
#    parameters: *even
merge_method: {p.rng.choice(('della', 'dare_ties', 'breadcrumbs'))}
base_model: {base.name}
parameters:
  int8_mask: true
tokenizer_source: base
dtype: bfloat16
"""
    p.write(f"{place}mergekit_config.yml", text)
    if p.rng.random() < HALF:
        block = text.replace(f"@{revision}", "")
        readme(p, place, ["base_model:", f"- {second.name}", f"- {base.name}", f"- {first.name}", "library_name: transformers", "tags:", "- mergekit", "- merge", ""], f"""
# {model.last}

This is a merge of pre-trained language models created using [mergekit](https://github.com/cg123/mergekit).

## Merge Details
### Models Merged

The following models were included in the merge:
* {fake_link(second.name)}
* {fake_link(first.name)}

### Configuration

The following YAML configuration was used to produce this model:

```yaml
{block}```
""")
    p.say(model, "merged-from", first, "mergekit")
    p.say(model, "merged-from", second, "mergekit")
    p.say(model, ("merged-from", *TUNED), base, "mergekit")


@case("fourth")
def extracted_adapter(p: Project) -> None:
    """An adapter that was taken out of a fine-tune: it fits on the base, and comes from the other."""
    model, tuned, base = p.model(), p.model("yes"), p.model("yes")
    place = p.home(model, False)
    adapter_files(p, place, model, base.name)
    readme(p, place, ["base_model:", f"- {base.name}", f"- {tuned.name}", "library_name: peft", "tags:", "- mergekit", "- peft"], f"""
# {model.last}

This is a LoRA extracted from a language model. It was extracted using [mergekit](https://github.com/arcee-ai/mergekit).

## LoRA Details

This LoRA adapter was extracted from {fake_link(tuned.name)} and uses {fake_link(base.name)} as a base.

### Parameters

The following command was used to extract this LoRA adapter:

```sh
mergekit-extract-lora {tuned.name} {base.name} OUTPUT_PATH --rank=8
```
""")
    p.say(model, "adapter-of", base, "adapter_config")
    p.say(model, ANY_ORIGIN, tuned, "model card")


@case("fourth")
def picture_adapter(p: Project) -> None:
    """What the scripts of diffusers write for an adapter: the data is in the text alone."""
    model, base, data = p.model(), p.model("yes"), p.dataset()
    place = p.home(model, p.rng.random() < HALF)
    p.weights(place, model, {f"unet.down_blocks.0.attentions.0.to_{part}.lora.{way}.weight": ("F32", shape)
                             for part in "qv" for way, shape in (("down", (4, 32)), ("up", (32, 4)))}, name="pytorch_lora_weights.safetensors")
    vae = p.thing("model", f"{p.pick('orgs')}/{p.pick('models')}-vae-fp16-fix", "free")
    readme(p, place, [f"base_model: {base.name}", "library_name: diffusers", "license: creativeml-openrail-m", "inference: true", "tags:", "- text-to-image",
                      "- diffusers", "- lora", "- template:sd-lora"], f"""
<!-- This model card has been generated automatically according to the information the training script had access to. You
should probably proofread and complete it, then remove this comment. -->

# LoRA text2image fine-tuning - {model.name}

These are LoRA adaption weights for {base.name}. The weights were fine-tuned on the {data.name} dataset. You can find some example images in the following.

![img_0](./image_0.png)

LoRA for the text encoder was enabled: False.

Special VAE used for training: {vae.name}.
""")
    p.may(model, RELATIONS, vae)
    p.say(model, ("adapter-of", *TUNED), base, "model card")
    p.say(model, "trained-on", data, "model card")


# ---------------------------------------------------------------- cards that people write

@case("fourth")
def student(p: Project) -> None:
    """A student, said in the text and nowhere else."""
    model, place = simple_model(p)
    teacher, data = p.model("yes"), p.dataset()
    readme(p, place, ["license: mit", "language: en", "tags:", "- distillation"], f"""
# {model.last}

{p.rng.choice((f"{model.last} was distilled from {fake_link(teacher.name)} on the {fake_link(data.name, True)} dataset.",
               f"This model is a distilled version of {fake_link(teacher.name)}. It was trained on the {fake_link(data.name, True)} dataset.",
               f"A small model, distilled from [`{teacher.name}`]({hub(teacher.name)}) and trained on [`{data.name}`]({hub(data.name, True)})."))}

It keeps 97 % of the accuracy and has half the layers.
""")
    p.say(model, ("distilled-from", "derived-from"), teacher, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fourth")
def filled_template(p: Project) -> None:
    """The hub's long template, filled in where it asks for data."""
    model, place = simple_model(p, p.rng.random() < HALF)
    base, data, test, party = p.model("yes"), p.dataset(), p.dataset(), p.party()
    readme(p, place, [f"base_model: {base.name}", "base_model_relation: finetune", "license: apache-2.0", "library_name: transformers"], f"""
# Model Card for {model.last}

<!-- Provide a quick summary of what the model is/does. -->

## Model Details

### Model Description

- **Developed by:** [More Information Needed]
- **Funded by [optional]:** {party.name}
- **Shared by [optional]:** [More Information Needed]
- **License:** apache-2.0
- **Finetuned from model [optional]:** {fake_link(base.name)}

### Model Sources [optional]

- **Repository:** https://github.com/example/example
- **Paper [optional]:** [More Information Needed]

## Training Details

### Training Data

<!-- This should link to a Dataset Card, perhaps with a short stub of information on what the training data is all about. -->

The model was trained on {fake_link(data.name, True)}.

### Training Procedure

#### Training Hyperparameters

- **Training regime:** bf16 mixed precision

## Evaluation

### Testing Data, Factors & Metrics

#### Testing Data

<!-- This should link to a Dataset Card if possible. -->

The model was evaluated on {fake_link(test.name, True)}.

#### Metrics

Exact match.
""")
    p.may(model, PARTY_RELATIONS, party)
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "trained-on", data, "model card")
    p.say(model, "evaluated-on", test, "model card")


@case("fourth")
def talkative_silence(p: Project) -> None:
    """A long card with many names in it and not a word of where the model is from."""
    model, place = simple_model(p)
    model.gap = "yes"
    others = [unrelated(p) for _ in range(4)]
    readme(p, place, ["license: apache-2.0", "pipeline_tag: text-generation", f"# base_model: {others[3]}", "language:", "- en"], f"""
# {model.last}

A compact assistant. Not to be confused with {fake_link(others[0])}, with which it shares nothing but the letters of its name.

## How to use it

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{model.name}")
model = AutoModelForCausalLM.from_pretrained("{model.name}")
draft = AutoModelForCausalLM.from_pretrained("{others[1]}")    # any small model does for speculative decoding
```

## Results

| Model | Accuracy | Latency |
|:------|---------:|--------:|
| {fake_link(others[1])} | 61.0 | 12 ms |
| {fake_link(others[2])} | 64.2 | 31 ms |
| **{model.last}** | **66.8** | 14 ms |

## Licence

Apache 2.0.
""")
    p.findings.append(GAP)


@case("fourth")
def struck_out(p: Project) -> None:
    """Lines that were commented out, in the front matter and in the text, and a licence kept at another model."""
    model, place = simple_model(p, p.rng.random() < HALF)
    base, data = p.model("yes"), p.dataset()
    old, older = unrelated(p), unrelated(p)
    stale = f"{p.pick('orgs')}/{p.pick('data')}"
    readme(p, place, ["license: other", "license_name: research", f"license_link: {hub(older)}/blob/main/LICENSE", f"# base_model: {old}",
                      f"base_model: {base.name} # was {old}", "datasets:", f"#- {stale}", f"- {data.name}", f"# - {stale}-v2"], f"""
# {model.last}

<!--
This model is a fine-tuned version of {fake_link(old)} on the {stale} dataset.
-->

Second attempt, on better data than the first.

```yaml
# template of a card, for those who build on this model
base_model: {model.name}
datasets:
- your/data
```
""")
    p.say(model, TUNED, base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fourth")
def tests_in_text(p: Project) -> None:
    """Test sets in the results and again in the text: tests they stay."""
    model, place = simple_model(p)
    train, first, second = p.dataset(), p.dataset(), p.dataset()
    results = [{"task": {"type": "text-generation", "name": "Text Generation"},
                "dataset": {"name": test.last, "type": test.name, "config": "default", "split": "test", "revision": p.rng.randbytes(20).hex()},
                "metrics": [{"type": "exact_match", "value": round(p.rng.random(), 3)}]} for test in (first, second)]
    other = unrelated(p)
    p.card(place, {"license": "mit", "datasets": [train.name], "model-index": [{"name": model.last, "results": results}]}, model, body=f"""
Trained from scratch.

## Evaluation

We evaluate on {fake_link(first.name, True)} and {fake_link(second.name, True)}; neither was seen in training.

| Benchmark | {model.last} | {other} |
|---|---|---|
| {fake_link(first.name, True)} | 41.2 | 40.9 |
| {fake_link(second.name, True)} | 22.8 | 25.1 |
""")
    p.say(model, "trained-on", train, "model card")
    p.say(model, "evaluated-on", first, "model-index")
    p.say(model, "evaluated-on", second, "model-index")


# ---------------------------------------------------------------- configurations and weights

@case("fourth")
def base_without_owner(p: Project) -> None:
    """The card names owner and base, the configuration the base alone and in its own letter case: the same model."""
    base = p.model("yes")
    model, place = simple_model(p, p.rng.random() < HALF, _name_or_path=p.rng.choice((base.last, base.last.lower(), base.name.upper())))
    base.names.append(base.last)
    p.card(place, {"base_model": [base.name], "base_model_relation": "finetune", "license": "mit"}, model)
    p.say(model, "fine-tuned-from", base, "model card")


@case("fourth")
def repacked(p: Project) -> None:
    """A quantised copy: its configuration was copied from the copied model and names where that one came from. Nothing contradicts."""
    model, tuned, base = p.model(), p.model("free"), p.model("free")
    place = p.home(model, p.rng.random() < HALF)
    p.weights(place, model, mf.gptq(mf.llama(32, 2, 128)))
    p.config(place, _name_or_path=base.name, quantization_config={"bits": 4, "group_size": 128, "quant_method": p.rng.choice(("gptq", "awq")), "desc_act": False})
    p.card(place, {"base_model": tuned.name, "base_model_relation": "quantized", "license": "mit", "model_creator": tuned.name.split("/")[0]}, model,
           body=f"This repo contains 4-bit model files for [{tuned.last}]({hub(tuned.name)}).")
    p.may(model, ANY_ORIGIN, base)
    p.may(tuned, ANY_ORIGIN, base)
    p.allowed_findings.add(GAP)
    p.say(model, "quantized-from", tuned, "model card")


def cache(p: Project, thing: Thing) -> str:
    """A repository's place in a hub cache that is part of the project."""
    revision = p.rng.randbytes(20).hex()
    kind = "datasets" if thing.kind == "dataset" else "models"
    root = f"hf-home/hub/{kind}--{thing.name.replace('/', '--')}"
    p.write(f"{root}/refs/main", revision)
    thing.names += [root, root.split("/")[-1], f"{root}/snapshots/{revision}", revision]
    return f"{root}/snapshots/{revision}/"


@case("fourth")
def cached_adapter(p: Project) -> None:
    """Two repositories as the hub's library keeps them: a base that says what it was trained on, and its adapter."""
    base, model, data = p.model(), p.model(), p.dataset()
    place, home = cache(p, base), cache(p, model)
    p.weights(place, base, mf.llama(32, 2, 128))
    p.config(place)
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    adapter_files(p, home, model, base.name, revision=None)
    if p.rng.random() < HALF:
        p.card(home, {"base_model": base.name, "library_name": "peft"}, model)
    p.say(base, "trained-on", data, "model card")
    p.say(model, "adapter-of", base, "adapter_config")


@case("fourth")
def cached_dataset(p: Project) -> None:
    """A dataset in the hub's cache, and a model beside it that was trained on it."""
    data, source = p.dataset("no"), p.dataset()
    place = cache(p, data)
    p.card(place, {"license": "cc-by-4.0", "pretty_name": data.last, "source_datasets": [f"extended|{source.name}"], "task_categories": ["text-generation"],
                   "annotations_creators": ["found"], "size_categories": ["n<1K"]})
    lines(p, f"{place}data/train.jsonl")
    data.names += [f"{place}data/train.jsonl", "train.jsonl"]
    model, base = p.model(), p.model("yes")
    home = cache(p, model)
    p.weights(home, model, mf.llama(32, 2, 128))
    p.config(home)
    p.card(home, {"base_model": base.name, "base_model_relation": "finetune", "datasets": data.name}, model)
    p.may(data, ("labelled-by", "collected-by"), p.thing("party", "found"))
    p.say(data, "derived-from", source, "dataset card")
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fourth")
def sharded_pair(p: Project) -> None:
    """A base and its fine-tune, both in several files; at times the weights cannot come from that base."""
    base, model, data = p.model(), p.model(), p.dataset()
    place, home = p.home(base, True), p.home(model, True)
    wrong = p.rng.random() < HALF
    split(p, place, base, mf.llama(48, 4, 96) if wrong else mf.llama(32, 2, 128, "F32"))
    split(p, home, model, mf.llama(32, 2, 128))
    p.json(f"{place}config.json", {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 48 if wrong else 32,
                                   "num_hidden_layers": 4 if wrong else 2, "vocab_size": 96 if wrong else 128})
    p.config(home)
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    p.card(home, {"base_model": [base.name], "base_model_relation": "finetune", "license": "mit"}, model)
    p.say(base, "trained-on", data, "model card")
    p.say(model, "fine-tuned-from", base, "model card")
    if wrong:
        p.findings.append(CONTRADICTION)


@case("fourth")
def onnx_properties(p: Project) -> None:
    """An exported graph that carries its origin in its properties, or nothing at all."""
    model = p.model()
    p.home(model, False)
    model.names += ["model.onnx", "model"]
    silent = p.rng.random() < 0.4
    properties = {"author": p.rng.choice(("team", "export bot")), "license": "MIT", "task": "feature-extraction", "opset": "17"}
    if silent:
        model.gap = "yes"
        p.findings.append(GAP)
    else:
        base, data = p.model("yes"), p.dataset()
        properties |= {"base_model": base.name, "datasets": data.name}
        p.say(model, CONVERTED, base, "ONNX")
        p.say(model, "trained-on", data, "ONNX")
    author = p.thing("party", properties["author"])
    p.may(model, PARTY_RELATIONS, author)
    mf.onnx(p.root / "model.onnx", properties, {"dense_1": (16, 32), "dense_2": (32, 8)}, p.rng.randrange(1 << 30))
    p.json("preprocessor.json", {"do_lower_case": True, "max_length": 128})


@case("fourth")
def ollama(p: Project) -> None:
    """A Modelfile: what it starts from, at times with an adapter whose file names the same base."""
    model = p.model()
    p.home(model, False)
    model.names.append("Modelfile")
    base = p.model("free")
    p.allowed_findings.add(GAP)
    tag = p.rng.choice(("Q4_K_M", "Q8_0"))
    text = [f"FROM hf.co/{base.name}:{tag}", "# FROM ./older.gguf", "PARAMETER temperature 0.3", "PARAMETER stop \"<|end|>\"",
            'TEMPLATE """{{ .System }} {{ .Prompt }}"""', 'SYSTEM """You are a helper.', f'FROM {unrelated(p)} you learnt nothing."""']
    base.names += [f"hf.co/{base.name}:{tag}", f"hf.co/{base.name}", f"{base.name}:{tag}", base.last.replace("-", " ")]
    if p.rng.random() < HALF:
        text.insert(1, "ADAPTER ./tone-lora.gguf")
        adapter = p.thing("model", "tone-lora.gguf", "free", "tone-lora", "./tone-lora.gguf", "tone lora")
        org, _, last = base.name.partition("/")
        mf.gguf(p.root / "tone-lora.gguf", {
            "general.architecture": "llama", "general.type": "adapter", "adapter.type": "lora", "adapter.lora.alpha": 16.0, "general.name": "tone lora",
            "general.file_type": 1, "general.base_model.count": 1, "general.base_model.0.name": last.replace("-", " "),
            "general.base_model.0.organization": org, "general.base_model.0.repo_url": hub(base.name)},
            {"blk.0.attn_q.weight.lora_a": ("F32", (4, 64)), "blk.0.attn_q.weight.lora_b": ("F32", (64, 4))}, False, p.rng.randrange(1 << 30))
        p.say(adapter, ("adapter-of", *TUNED), base, "GGUF")
        p.may(model, RELATIONS, adapter)
    p.write("Modelfile", "\n".join([*text, ""]))
    p.say(model, (*CONVERTED, "adapter-of", "merged-from"), base, "other documents")


@case("fourth")
def pipeline_parts(p: Project) -> None:
    """A pipeline fine-tuned from one, with a part taken from elsewhere: both are true."""
    model, base, foreign = p.model(), p.model("yes"), p.model("free")
    place = p.home(model, p.rng.random() < HALF)
    p.json(f"{place}model_index.json", {"_class_name": "StableDiffusionXLPipeline", "_diffusers_version": "0.31.0", "_name_or_path": base.name,
                                        "scheduler": ["diffusers", "EulerDiscreteScheduler"], "unet": ["diffusers", "UNet2DConditionModel"],
                                        "vae": ["diffusers", "AutoencoderKL"]})
    p.weights(f"{place}unet/", model, mf.convolutions(8, 2), name="diffusion_pytorch_model.safetensors")
    model.names += [f"{place}unet", "unet"]
    part = p.thing("model", f"{place}vae", "free", f"{place}vae/diffusion_pytorch_model.safetensors", f"{model.name}/vae")
    mf.safetensors(p.root / f"{place}vae/diffusion_pytorch_model.safetensors", mf.convolutions(8, 1), {"format": "pt"}, 7)
    p.json(f"{place}unet/config.json", {"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.31.0", "_name_or_path": base.name, "sample_size": 64})
    p.json(f"{place}vae/config.json", {"_class_name": "AutoencoderKL", "_diffusers_version": "0.31.0", "_name_or_path": foreign.name, "scaling_factor": 0.13})
    p.json(f"{place}scheduler/scheduler_config.json", {"_class_name": "EulerDiscreteScheduler", "_diffusers_version": "0.31.0", "num_train_timesteps": 1000})
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "library_name": "diffusers", "pipeline_tag": "text-to-image"}, model)
    for start in (model, part):
        p.may(start, (*ANY_ORIGIN, "merged-from"), foreign)
    p.may(part, RELATIONS, base)
    p.may(part, RELATIONS, model)
    p.may(model, RELATIONS, part)
    p.say(model, "fine-tuned-from", base, "model card")


@case("fourth")
def own_name(p: Project) -> None:
    """A configuration that names the model itself, as one that was loaded from the hub and saved again: no ring."""
    model = p.model()
    place = p.home(model, True)
    p.weights(place, model, mf.llama(32, 2, 128))
    p.config(place, _name_or_path=model.name)
    base, data = p.model("yes"), p.dataset()
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "datasets": [data.name]}, model)
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fourth")
def wrong_family(p: Project) -> None:
    """An adapter for an encoder, and the base it names lies here and is a decoder."""
    base, place = simple_model(p, True)
    data, model = p.dataset(), p.model()
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    home = p.home(model, True)
    adapter_files(p, home, model, base.name, mf.bert(48, 3, 128), target_modules=["query", "value"], task_type="SEQ_CLS")
    p.say(base, "trained-on", data, "model card")
    p.say(model, "adapter-of", base, "adapter_config")
    p.findings.append(CONTRADICTION)


@case("fourth")
def converted_beside(p: Project) -> None:
    """A GGUF beside the model its card says it was made of: it fits, or it is of another size."""
    base, model, data = p.model(), p.model(), p.dataset()
    place, home = p.home(base, True), p.home(model, True)
    wrong = p.rng.random() < HALF
    hidden, layers, words = (96, 5, 160) if wrong else (64, 2, 128)
    p.weights(place, base, mf.llama(hidden, layers, words))
    p.json(f"{place}config.json", {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": hidden, "num_hidden_layers": layers,
                                   "vocab_size": words})
    p.card(place, {"license": "mit", "datasets": [data.name]}, base)
    file = f"{model.last}-Q8_0.gguf"
    mf.gguf(p.root / f"{home}{file}", gguf_header(p, model, {}), mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [f"{home}{file}", file, file.removesuffix(".gguf")]
    p.card(home, {"base_model": base.name, "base_model_relation": "quantized", "license": "mit"}, model)
    p.say(base, "trained-on", data, "model card")
    p.say(model, "quantized-from", base, "model card")
    if wrong:
        p.findings.append(CONTRADICTION)


# ---------------------------------------------------------------- several models

@case("fourth")
def three_stages(p: Project) -> None:
    """Pre-trained, taught, aligned: all three here, each with its card by a tool."""
    base, place = simple_model(p, True)
    corpus, lessons, choices = p.dataset(), p.dataset(), p.dataset()
    p.card(place, {"license": "apache-2.0", "datasets": [corpus.name], "pipeline_tag": "text-generation"}, base)
    p.say(base, "trained-on", corpus, "model card")
    before = base
    for data, tag in ((lessons, "sft"), (choices, "dpo")):
        model, home = simple_model(p, True)
        readme(p, home, ["library_name: transformers", f"base_model: {before.name}", "tags:", "- alignment-handbook", "- trl", f"- {tag}",
                         "- generated_from_trainer", "datasets:", f"- {data.name}", "model-index:", f"- name: {model.last}", "  results: []"], f"""
<!-- This model card has been generated automatically according to the information the Trainer had access to. You
should probably proofread and complete it, then remove this comment. -->

# {model.last}

This model is a fine-tuned version of {fake_link(before.name)} on the {data.name} dataset.
It achieves the following results on the evaluation set:
- Loss: 0.5423

## Model description

More information needed
""")
        p.say(model, TUNED, before, "model card")
        p.say(model, "trained-on", data, "model card")
        before = model


@case("fourth")
def ring_in_text(p: Project) -> None:
    """Two cards, each of which says in its text that its model was tuned from the other."""
    models = [simple_model(p, True) for _ in range(2)]
    for (model, place), (other, _) in (models, models[::-1]):
        readme(p, place, ["license: mit", "tags:", "- generated_from_trainer"], f"""
# {model.last}

This model is a fine-tuned version of {fake_link(other.name)} on an unknown dataset.
""")
        p.say(model, TUNED, other, "model card")
    p.findings.append(CYCLE)


@case("fourth")
def ring_of_merges(p: Project) -> None:
    """A merge of two models, one of which is said to be tuned from the merge."""
    (merged, place), (first, home), (second, corner) = (simple_model(p, True) for _ in range(3))
    data = p.dataset()
    p.write(f"{place}mergekit_config.yml", f"slices:\n- sources:\n  - model: {first.name}\n    layer_range: [0, 2]\n  - model: {second.name}\n"
                                           f"    layer_range: [0, 2]\nmerge_method: slerp\nbase_model: {second.name}\nparameters:\n  t: 0.5\ndtype: float16\n")
    p.card(home, {"base_model": merged.name, "base_model_relation": "finetune", "license": "mit"}, first)
    p.card(corner, {"license": "mit", "datasets": [data.name]}, second)
    p.say(merged, "merged-from", first, "mergekit")
    p.say(merged, ("merged-from", *TUNED), second, "mergekit")
    p.say(first, "fine-tuned-from", merged, "model card")
    p.say(second, "trained-on", data, "model card")
    p.findings.append(CYCLE)


@case("fourth")
def one_says_nothing(p: Project) -> None:
    """Three models: two that say where they are from, and one whose card has a licence and no more."""
    base, data = p.model("yes"), p.dataset()
    first, place = simple_model(p, True)
    p.card(place, {"base_model": base.name, "base_model_relation": "finetune", "license": "mit"}, first)
    second, home = simple_model(p, True)
    p.card(home, {"base_model": first.name, "base_model_relation": "finetune", "datasets": [data.name]}, second)
    third, corner = simple_model(p, True)
    third.gap = "yes"
    p.card(corner, {"license": "mit", "language": ["en", "fr"], "thumbnail": "https://example.com/logo.png"}, third)
    p.json(f"{corner}generation_config.json", {"_from_model_config": True, "bos_token_id": 1, "eos_token_id": 2, "transformers_version": "4.46.0"})
    p.say(first, "fine-tuned-from", base, "model card")
    p.say(second, "fine-tuned-from", first, "model card")
    p.say(second, "trained-on", data, "model card")
    p.findings.append(GAP)


# ---------------------------------------------------------------- statements

@case("fourth")
def older_statement(p: Project) -> None:
    """A build in the older form over a model in two files; the hub's repositories are materials at their commits."""
    model, base, data = p.model(), far_model(p), far_data(p)
    place = p.home(model, False)
    paths = split(p, place, model, mf.llama(32, 2, 128))
    p.config(place)
    builder = builder_of(p)
    materials = [code_material(p)]
    for thing in (base, data):
        commit = p.rng.randbytes(20).hex()
        materials.append({"uri": f"{hub(thing.name, thing is data)}/tree/{commit}", "digest": {"sha1": commit}})
        thing.names += [f"{hub(thing.name, thing is data)}/tree/{commit}", f"{thing.name}/tree/{commit}"]
    body = built([subject(path) for path in paths], materials, builder.name, True)
    body["predicate"]["metadata"] |= {"buildStartedOn": "2025-11-03T08:00:00Z", "buildFinishedOn": "2025-11-03T19:30:00Z"}
    if p.rng.random() < HALF:
        p.write("provenance.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    else:
        p.json("attestations/train.provenance.json", body)
    p.say(model, ANY_ORIGIN, base, "SLSA v0.2")
    p.say(model, ("trained-on", "derived-from"), data, "SLSA v0.2")
    p.say(model, "built-by", builder, "SLSA v0.2")


@case("fourth")
def pipeline_statements(p: Project) -> None:
    """Three steps in one file: cleaning, training, conversion; the files join them."""
    model, place = simple_model(p)
    raw = p.thing("dataset", "data/raw.jsonl", "free", "raw.jsonl")
    clean = p.thing("dataset", "data/clean.jsonl", "no", "clean.jsonl")
    small = p.thing("model", f"dist/{model.last.lower()}-q8_0.gguf", "no")
    small.names += [small.last, small.last.removesuffix(".gguf")]
    p.allowed_findings.add(GAP)
    files = {thing.name: lines(p, thing.name) for thing in (raw, clean)}
    files[small.name] = mf.gguf(p.root / small.name, gguf_header(p, small, {"general.name": small.last.removesuffix(".gguf")}), mf.llama_gguf(64, 2, 128), True, 5)
    files["model.safetensors"] = mf.safetensors(p.root / "model.safetensors", mf.llama(64, 2, 128), {"format": "pt"}, 11)
    p.json("config.json", {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 128})
    builder = builder_of(p)

    def step(out: str, *inputs: str) -> dict:
        return built([subject(files[out], out)], [{"name": name, "uri": f"file:{name}", "digest": {"sha256": sha256(files[name])}} for name in inputs], builder.name)

    bodies = [step("data/clean.jsonl", "data/raw.jsonl"), step("model.safetensors", "data/clean.jsonl"), step(small.name, "model.safetensors")]
    p.rng.shuffle(bodies)
    p.write("build.intoto.jsonl", "".join(json.dumps(sealed(p, body)) + "\n" for body in bodies))
    p.say(clean, ("derived-from", "trained-on"), raw, "in-toto")
    p.say(model, ("trained-on", "derived-from"), clean, "in-toto")
    p.say(small, ANY_ORIGIN, model, "in-toto")
    p.say(clean, ("built-by", "collected-by"), builder, "in-toto")
    p.say(model, "built-by", builder, "in-toto")
    p.say(small, "built-by", builder, "in-toto")


@case("fourth")
def links(p: Project) -> None:
    """Two steps of the older kind of in-toto, a file each."""
    model, place = simple_model(p)
    raw = p.thing("dataset", "data/incoming.csv", "free", "incoming.csv")
    ready = p.thing("dataset", f"data/{p.pick('data').lower()}.csv", "no")
    ready.names.append(ready.last)
    p.allowed_findings.add(GAP)
    files = {thing.name: p.write(thing.name, "".join(f"{p.rng.randrange(9999)},{p.rng.randrange(2)}\n" for _ in range(15))) for thing in (raw, ready)}
    for script, out in (("src/prepare.py", ready), ("src/fit.py", model)):
        files[script] = p.write(script, f"print('{script}')\n")
        p.may(out, RELATIONS, p.thing("code", script, "free", script.split("/")[1]))
    files["model.safetensors"] = p.root / f"{place}model.safetensors"
    key = p.rng.randbytes(32).hex()
    for name, inputs, out in (("prepare", (raw.name, "src/prepare.py"), ready.name), ("fit", (ready.name, "src/fit.py"), "model.safetensors")):
        signed = {"_type": "link", "name": name, "command": ["python", inputs[1]], "environment": {},
                  "byproducts": {"return-value": 0, "stdout": "done\n", "stderr": ""},
                  "materials": {path: {"sha256": sha256(files[path])} for path in inputs}, "products": {out: {"sha256": sha256(files[out])}}}
        p.json(f"{name}.{key[:8]}.link", {"signatures": [{"keyid": key, "sig": p.rng.randbytes(64).hex()}], "signed": signed})
    p.say(ready, ("derived-from", "trained-on"), raw, "in-toto")
    p.say(model, ("trained-on", "derived-from"), ready, "in-toto")


@case("fourth")
def attributes(p: Project) -> None:
    """A report of attributes: what the model was tuned from and trained on, and who produced it."""
    model, place = simple_model(p)
    base, data, builder = far_model(p), far_data(p), builder_of(p)
    body = {"_type": "https://in-toto.io/Statement/v1", "subject": [subject(p.root / f"{place}model.safetensors")],
            "predicateType": "https://in-toto.io/scai/attribute-report/v0.2",
            "predicate": {"attributes": [
                {"attribute": "FINE_TUNED_FROM", "target": {"name": base.name, "uri": hub(base.name), "digest": {"sha256": p.rng.randbytes(32).hex()}}},
                {"attribute": "TRAINED_ON", "target": {"name": data.name, "uri": hub(data.name, True), "digest": {"sha256": p.rng.randbytes(32).hex()}},
                 "evidence": {"name": "dataset-report.json", "digest": {"sha256": p.rng.randbytes(32).hex()}, "mediaType": "application/x.dsse+json"}},
                {"attribute": "REPRODUCIBLE", "conditions": {"seed": 42}}],
                "producer": {"uri": builder.name}}}
    p.json("scai.intoto.json", sealed(p, body) if p.rng.random() < HALF else body)
    report = p.thing("file", "dataset-report.json", "free")
    p.may(model, RELATIONS, report)
    p.say(model, ANY_ORIGIN, base, "in-toto")
    p.say(model, ("trained-on", "derived-from"), data, "in-toto")
    p.say(model, ("built-by", "supplied-by"), builder, "in-toto")


@case("fourth")
def other_file(p: Project) -> None:
    """A bundle about a GGUF of this name, with other bytes."""
    model, base, builder = p.model(), p.model("free"), builder_of(p)
    place = p.home(model, p.rng.random() < HALF)
    file = f"{model.last}-Q8_0.gguf"
    mf.gguf(p.root / f"{place}{file}", gguf_header(p, model, {}), mf.llama_gguf(64, 2, 128), True, p.rng.randrange(1 << 30))
    model.names += [f"{place}{file}", file, file.removesuffix(".gguf")]
    p.card(place, {"base_model": base.name, "base_model_relation": "quantized", "license": "mit"}, model)
    body = built([{"name": file, "digest": {"sha256": p.rng.randbytes(32).hex()}}], [named_material(p, base, "base")], builder.name)
    p.json(f"{place}{file}.sigstore.json", bundle(p, body))
    p.allowed_findings.add(GAP)
    p.may(model, ANY_ORIGIN, base)
    p.may(model, ("built-by",), builder)
    p.findings.append(CONTRADICTION)


@case("fourth")
def bundle_against_adapter(p: Project) -> None:
    """The adapter's configuration names one base, the statement about its file another."""
    model, said, used = p.model(), p.model(), p.model()
    place = p.home(model, p.rng.random() < HALF)
    adapter_files(p, place, model, said.name)
    builder = builder_of(p)
    body = built([subject(p.root / f"{place}adapter_model.safetensors")], [code_material(p), named_material(p, used, "base")], builder.name)
    p.json(f"{place}adapter_model.safetensors.sigstore.json", bundle(p, body))
    p.allowed_findings.add(GAP)
    p.say(model, "built-by", builder, "SLSA v1")
    contradiction(p, model, said, used)


# ---------------------------------------------------------------- bills of materials

@case("fourth")
def bill_14(p: Project) -> None:
    """A bill from before there were components for models: files with package addresses and ancestors."""
    model, place = simple_model(p, p.rng.random() < HALF)
    base, party, revision = far_model(p), p.party(), p.rng.randbytes(20).hex()

    def entry(thing: Thing, **others: object) -> dict:
        org, _, last = thing.name.partition("/")
        thing.names += [f"pkg:huggingface/{thing.name}@{revision}", f"pkg:huggingface/{thing.name}"]
        return {"type": "file", "bom-ref": f"pkg:huggingface/{thing.name}@{revision}", "group": org, "name": last, "version": revision,
                "purl": f"pkg:huggingface/{thing.name}@{revision}", **others}

    main = entry(model, supplier={"name": party.name, "url": ["https://example.com"]},
                 hashes=[{"alg": "SHA-256", "content": sha256(p.root / f"{place}model.safetensors")}],
                 pedigree={"ancestors": [entry(base)], "notes": "Fine-tuned for two epochs."})
    p.json("bom.json", {"bomFormat": "CycloneDX", "specVersion": "1.4", "serialNumber": f"urn:uuid:7d1f1d6e-5f0e-4a6b-8f2d-{p.rng.randbytes(6).hex()}", "version": 1,
                        "metadata": {"timestamp": "2025-06-01T10:00:00Z", "component": {"type": "application", "bom-ref": "app", "name": "service", "version": "2.1"}},
                        "components": [main, {"type": "library", "bom-ref": "t", "name": "tokenizers", "version": "0.20.0", "purl": "pkg:pypi/tokenizers@0.20.0"}],
                        "dependencies": [{"ref": "app", "dependsOn": [main["bom-ref"], "t"]}, {"ref": main["bom-ref"], "dependsOn": []}]})
    service = p.thing("code", "service", "free", "app")
    p.may(service, RELATIONS, model)
    p.say(model, ANY_ORIGIN, base, "CycloneDX")
    p.say(model, "supplied-by", party, "CycloneDX")


@case("fourth")
def bill_17(p: Project) -> None:
    """A newer bill: manufacturer, authors, supplier; one dataset by reference and one in place, with those who look after it."""
    model, base, data, more = p.model(), far_model(p), far_data(p), far_data(p)
    supplier, maker, keeper = p.party(), p.party(), p.party()
    stored = component(data, "data", data=[{"type": "dataset", "name": data.name, "governance": {"custodians": [{"organization": {"name": keeper.name}}]}}])
    entry = component(model, version="3.0", supplier={"name": supplier.name}, manufacturer={"name": maker.name, "url": ["https://example.org"]},
                      authors=[{"name": "An Author"}], pedigree={"ancestors": [component(base)]},
                      modelCard={"modelParameters": {"approach": {"type": "supervised"}, "task": "text-generation", "architectureFamily": "transformer",
                                                     "modelArchitecture": "llama", "datasets": [{"ref": stored["bom-ref"]}, {"type": "dataset", "name": more.name}]},
                                 "quantitativeAnalysis": {"performanceMetrics": [{"type": "accuracy", "value": "0.83", "slice": "test"}]},
                                 "considerations": {"users": ["analysts"], "ethicalConsiderations": [{"name": "bias", "mitigationStrategy": "review"}]}})
    p.json(p.rng.choice(("bom.json", "aibom.cdx.json", "sbom/ml.cdx.json")), {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.7",
        "serialNumber": f"urn:uuid:5c0e0a0f-19ab-4e52-9d35-{p.rng.randbytes(6).hex()}", "version": 1, "metadata": {"component": entry}, "components": [stored]})
    author = p.thing("party", "An Author")
    p.may(model, PARTY_RELATIONS, author)
    p.may(data, PARTY_RELATIONS, keeper)
    p.say(model, TUNED, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, "trained-on", more, "CycloneDX")
    p.say(model, "supplied-by", supplier, "CycloneDX")
    p.say(model, ("built-by", "supplied-by"), maker, "CycloneDX")


@case("fourth")
def bill_prefixed(p: Project) -> None:
    """XML with a prefix on each element, the model as the document's own subject."""
    model, base, data, supplier = p.model(), far_model(p), far_data(p), p.party()
    names = {thing: thing.name.partition("/") for thing in (model, base, data)}
    for thing in names:
        thing.names.append(f"ref-{thing.last.lower()}")
    p.write(p.rng.choice(("bom.xml", "model.cdx.xml")), f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- <ancestor>{unrelated(p)}</ancestor> -->
<c:bom xmlns:c="http://cyclonedx.org/schema/bom/{p.rng.choice(('1.5', '1.6'))}" serialNumber="urn:uuid:0d6f7f19-6c8e-4a3e-b4a9-{p.rng.randbytes(6).hex()}" version="1">
  <c:metadata>
    <c:timestamp>2025-09-09T09:09:09Z</c:timestamp>
    <c:component type="machine-learning-model" bom-ref="ref-{model.last.lower()}">
      <c:supplier><c:name>{supplier.name}</c:name></c:supplier>
      <c:group>{names[model][0]}</c:group>
      <c:name>{names[model][2]}</c:name>
      <c:pedigree>
        <c:ancestors>
          <c:component type="machine-learning-model" bom-ref="ref-{base.last.lower()}"><c:group>{names[base][0]}</c:group><c:name>{names[base][2]}</c:name></c:component>
        </c:ancestors>
      </c:pedigree>
      <c:modelCard><c:modelParameters><c:datasets><c:ref>ref-{data.last.lower()}</c:ref></c:datasets></c:modelParameters></c:modelCard>
    </c:component>
  </c:metadata>
  <c:components>
    <c:component type="data" bom-ref="ref-{data.last.lower()}"><c:group>{names[data][0]}</c:group><c:name>{names[data][2]}</c:name><c:data><c:type>dataset</c:type></c:data></c:component>
  </c:components>
</c:bom>
""")
    p.say(model, TUNED, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, "supplied-by", supplier, "CycloneDX")


@case("fourth")
def attested_bill(p: Project) -> None:
    """A bill inside a statement about the model's file."""
    model, place = simple_model(p)
    base, data, supplier = far_model(p), far_data(p), p.party()
    entry = component(model, supplier={"name": supplier.name}, pedigree={"ancestors": [component(base)]},
                      hashes=[{"alg": "SHA-256", "content": sha256(p.root / f"{place}model.safetensors")}],
                      modelCard={"modelParameters": {"datasets": [{"type": "dataset", "name": data.name}]}})
    body = {"_type": p.rng.choice(("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")),
            "subject": [subject(p.root / f"{place}model.safetensors")], "predicateType": "https://cyclonedx.org/bom",
            "predicate": {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": entry}, "components": []}}
    if p.rng.random() < HALF:
        p.write("sbom.intoto.jsonl", json.dumps(sealed(p, body)) + "\n")
    else:
        p.json("sbom.sigstore.json", bundle(p, body))
    p.say(model, TUNED, base, "CycloneDX")
    p.say(model, "trained-on", data, "CycloneDX")
    p.say(model, "supplied-by", supplier, "CycloneDX")


@case("fourth")
def spdx_family(p: Project) -> None:
    """A family in one document: a root, two children, one grandchild of both. No ring."""
    root, first, second, merged, corpus = far_model(p), p.model(), p.model(), p.model(), far_data(p)
    supplier = p.party()
    d = Spdx(p)
    party = d.add(supplier)
    place = {thing: d.add(thing, suppliedBy=party) if thing is merged else d.add(thing) for thing in (root, first, second, merged, corpus)}
    d.relate(place[root], "trainedOn", place[corpus])
    d.relate(place[root], "ancestorOf", place[first], place[second])
    d.relate(place[merged], "descendantOf", place[first], place[second])
    d.relate(place[merged], "hasDeclaredLicense", d.space + "license")
    d.graph.append({"type": "simplelicensing_LicenseExpression", "spdxId": d.space + "license", "creationInfo": "_:info",
                    "simplelicensing_licenseExpression": "Apache-2.0"})
    d.write(place[merged])
    p.say(root, "trained-on", corpus, "SPDX")
    p.say(first, ANY_ORIGIN, root, "SPDX")
    p.say(second, ANY_ORIGIN, root, "SPDX")
    p.say(merged, ANY_ORIGIN, first, "SPDX")
    p.say(merged, ANY_ORIGIN, second, "SPDX")
    p.say(merged, "supplied-by", supplier, "SPDX")


def spdx2(p: Project, things: list[Thing], relations: list[tuple[Thing, str, Thing]], **others: dict) -> None:
    """An SPDX 2.3 document; `others` by the last part of a thing's name."""
    def ref(thing: Thing) -> str:
        return "SPDXRef-" + thing.last.replace("_", "-")
    packages = []
    for thing in things:
        thing.names.append(ref(thing))
        kind = "datasets/" if thing.kind == "dataset" else ""
        packages.append({"SPDXID": ref(thing), "name": thing.name, "versionInfo": "main", "downloadLocation": hub(thing.name, thing.kind == "dataset"),
                         "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
                         "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:huggingface/{kind}{thing.name}"}],
                         **others.get(thing.last, {})})
    links_ = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": ref(things[0])}]
    links_ += [{"spdxElementId": ref(start), "relationshipType": relation, "relatedSpdxElement": ref(end)} for start, relation, end in relations]
    p.json(p.rng.choice(("model.spdx.json", "sbom/sbom.spdx.json")), {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": things[0].last,
        "documentNamespace": f"https://spdx.example/{p.rng.randbytes(8).hex()}", "creationInfo": {"created": "2025-05-05T05:05:05Z", "creators": ["Tool: bill-writer-1.0"]},
        "packages": packages, "relationships": links_})


@case("fourth")
def spdx_older(p: Project) -> None:
    """SPDX 2.3: descent, what it was generated from, who supplied it and who made it first."""
    model, base, first, data = p.model(), far_model(p), far_model(p), far_data(p)
    supplier, origin = p.party(), p.party()
    spdx2(p, [model, base, first, data], [(model, "DESCENDANT_OF", base), (first, "ANCESTOR_OF", base), (model, "GENERATED_FROM", data)],
          **{model.last: {"supplier": f"Organization: {supplier.name}", "originator": f"Organization: {origin.name} (models@example.org)"},
             base.last: {"supplier": "NOASSERTION"}})
    p.say(model, ANY_ORIGIN, base, "SPDX")
    p.say(base, ANY_ORIGIN, first, "SPDX")
    p.say(model, ("trained-on", "derived-from"), data, "SPDX")
    p.say(model, "supplied-by", supplier, "SPDX")
    p.say(model, PARTY_RELATIONS, origin, "SPDX")


@case("fourth")
def spdx_older_wrong(p: Project) -> None:
    """SPDX 2.3 with a ring of descents, or about a model here whose card names another base."""
    if p.rng.random() < HALF:
        first, second = p.model(), p.model()
        spdx2(p, [first, second], [(first, "DESCENDANT_OF", second), (first, "ANCESTOR_OF", second)])
        p.say(first, ANY_ORIGIN, second, "SPDX")
        p.say(second, ANY_ORIGIN, first, "SPDX")
        p.findings.append(CYCLE)
    else:
        model, said, listed = p.model(), p.model(), p.model()
        place = p.home(model, True)
        p.weights(place, model, mf.llama(32, 2, 128))
        p.config(place)
        p.card(place, {"base_model": said.name, "base_model_relation": "finetune", "license": "mit"}, model)
        spdx2(p, [model, listed], [(model, "DESCENDANT_OF", listed)],
              **{model.last: {"checksums": [{"algorithm": "SHA256", "checksumValue": sha256(p.root / f"{place}model.safetensors")}]}})
        p.allowed_findings.add(GAP)
        contradiction(p, model, said, listed)


# ---------------------------------------------------------------- datasets and pipelines

@case("fourth")
def croissant_of_files(p: Project) -> None:
    """Croissant 1.1 with the provenance on a file rather than on the set."""
    data, source, party = p.dataset("no"), p.dataset(), p.party()
    path = p.write("data/part-0.csv", "".join(f"{p.rng.randrange(1000)},{p.rng.randrange(2)}\n" for _ in range(20)))
    data.names += ["data/part-0.csv", "part-0.csv", "part-0"]
    croissant(p, data, "1.1", {"description": "Rows that passed the filter.", "distribution": [
        {"@type": "cr:FileObject", "@id": "part-0", "name": "part-0.csv", "contentUrl": "data/part-0.csv", "encodingFormat": "text/csv", "sha256": sha256(path),
         "prov:wasDerivedFrom": p.rng.choice((hub(source.name, True), {"@id": hub(source.name, True)})),
         "prov:wasAttributedTo": {"@type": "prov:Agent", "prov:label": party.name}}], "recordSet": []})
    p.say(data, "derived-from", source, "Croissant 1.1")
    p.say(data, PARTY_RELATIONS, party, "Croissant 1.1")


@case("fourth")
def croissant_labels(p: Project) -> None:
    """Croissant 1.1 whose label column says which program made it."""
    data, maker = p.dataset("free"), p.party()
    program = p.thing("party", f"{p.pick('models')} Labeler v1.2", "free")
    column = p.thing("dataset", "rows/label", "free", "label", "rows")
    path = p.write("data/rows.csv", "".join(f"{p.rng.randrange(1000)},{p.rng.randrange(2)}\n" for _ in range(20)))
    data.names += ["data/rows.csv", "rows.csv"]
    source = {"fileObject": {"@id": "rows.csv"}}
    croissant(p, data, "1.1", {
        "creator": {"@type": "Organization", "name": maker.name},
        "distribution": [{"@type": "cr:FileObject", "@id": "rows.csv", "name": "rows.csv", "contentUrl": "data/rows.csv", "encodingFormat": "text/csv", "sha256": sha256(path)}],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "field": [
            {"@type": "cr:Field", "@id": "rows/value", "dataType": "sc:Integer", "source": {**source, "extract": {"column": "value"}}},
            {"@type": "cr:Field", "@id": "rows/label", "dataType": ["sc:Integer", "cr:Label"], "source": {**source, "extract": {"column": "label"}},
             "prov:wasAttributedTo": {"@type": "prov:SoftwareAgent", "prov:label": program.name},
             "prov:wasGeneratedBy": {"@type": "prov:Activity", "prov:label": "Automated Labeling Process"}}]}]})
    p.allowed_findings.add(GAP)
    p.say(data, ("supplied-by", "collected-by", "built-by"), maker, "Croissant 1.1")
    p.say(data, ("labelled-by", "built-by", "collected-by"), program, "Croissant 1.1", column)


@case("fourth")
def croissant_duties(p: Project) -> None:
    """Croissant 1.0 with the terms of responsible AI, a citation of another set, and a copy of it elsewhere."""
    data, source, maker, platform = p.dataset("no"), p.dataset(), p.party(), p.party()
    tool = p.thing("party", f"{p.pick('models')}-tagger", "free")
    cited = f"{p.pick('orgs')}/{p.pick('data')}"
    croissant(p, data, "1.0", {
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "creator": [{"@type": "sc:Organization", "name": maker.name}], "isBasedOn": {"@id": hub(source.name, True)},
        "citeAs": f"@misc{{set, title={{A set}}, note={{see also {cited}}}}}", "keywords": ["text", cited.split("/")[1]], "version": "1.0.0",
        "sameAs": "https://zenodo.example/records/4411", "rai:dataCollection": "Gathered from public notice boards.", "rai:dataCollectionType": ["Manual Human Curator"],
        "rai:dataAnnotationPlatform": [platform.name], "rai:machineAnnotationTools": [tool.name], "rai:annotationsPerItem": "2",
        "rai:personalSensitiveInformation": ["none known"], "rai:dataLimitations": f"Smaller than {cited}."})
    mirror = p.thing("dataset", "https://zenodo.example/records/4411", "free")
    p.may(data, RELATIONS, mirror)
    p.may(data, ("labelled-by",), tool)
    p.say(data, "derived-from", source, "Croissant 1.0")
    p.say(data, ("supplied-by", "collected-by", "built-by"), maker, "Croissant 1.0")
    p.say(data, "labelled-by", platform, "Croissant 1.0")


@case("fourth")
def data_and_model(p: Project) -> None:
    """A set described twice, by a card and by Croissant, in agreement; and the model trained on it."""
    data, source, maker = p.dataset("no"), p.dataset(), p.party()
    place = f"datasets/{data.name}/"
    croissant(p, data, "1.0", {"creator": {"@type": "Organization", "name": maker.name}, "isBasedOn": hub(source.name, True)}, place, "croissant.json")
    data.names = [name for name in data.names if name not in (p.root.name, "data/train.csv")]
    data.names += [place.rstrip("/"), f"{place}data/train.csv"]
    p.card(place, {"license": "cc-by-4.0", "pretty_name": data.last, "source_datasets": [source.name], "annotations_creators": ["expert-generated"],
                   "task_categories": ["tabular-classification"], "configs": [{"config_name": "default", "data_files": "data/train.csv"}]})
    model, home = simple_model(p, True)
    base = p.model("yes")
    p.card(home, {"base_model": base.name, "base_model_relation": "finetune", "datasets": [p.rng.choice((data.name, hub(data.name, True)))]}, model)
    labeller = p.thing("party", "expert-generated")
    p.say(data, "derived-from", source, "dataset card")
    p.say(data, "labelled-by", labeller, "dataset card")
    p.say(data, ("supplied-by", "collected-by", "built-by"), maker, "Croissant 1.0")
    p.say(model, "fine-tuned-from", base, "model card")
    p.say(model, "trained-on", data, "model card")


@case("fourth")
def set_in_prose(p: Project) -> None:
    """A dataset's card that says in its text what it was filtered from."""
    data, source, party = p.dataset("no"), p.dataset(), p.party()
    data.names += [p.root.name, "Dataset"]
    labeller = p.thing("party", p.rng.choice(("expert-generated", "crowdsourced")))
    other = f"{p.pick('orgs')}/{p.pick('data')}"
    lines(p, "data/train.jsonl")
    data.names += ["data/train.jsonl", "train.jsonl"]
    readme(p, "", ["license: cc-by-sa-4.0", "language:", "- en", f"pretty_name: {data.last}", "annotations_creators:", f"- {labeller.name}", "task_categories:",
                   "- text-classification", "size_categories:", "- n<1K"], f"""
# Dataset Card for {data.last}

## Dataset Summary

{p.rng.choice((f"This dataset is a filtered version of {fake_link(source.name, True)}.", f"This dataset is derived from {fake_link(source.name, True)}.",
               f"This dataset is a cleaned subset of the {fake_link(source.name, True)} dataset."))} For a set of the same kind in other languages, see {fake_link(other, True)}.

```python
from datasets import load_dataset

ds = load_dataset("{data.name}")
```

### Annotations

#### Who are the annotators?

Members of the {party.name}.
""")
    p.may(data, ("labelled-by", "collected-by"), party)
    p.say(data, "derived-from", source, "dataset card")
    p.say(data, "labelled-by", labeller, "dataset card")


@case("fourth")
def dvc_folders(p: Project) -> None:
    """Whole folders in a pipeline that was run: a base that is not pulled, a model made of it, and a test that leaves numbers."""
    base = p.thing("model", "models/start", "free")
    train = p.thing("dataset", "data/train.jsonl", "free", "train.jsonl")
    test = p.thing("dataset", "data/test.jsonl", "free", "test.jsonl")
    model = p.thing("model", "models/tuned")
    p.allowed_findings.add(GAP)
    p.weights("models/tuned/", model, mf.llama(32, 2, 128))
    p.config("models/tuned/")
    p.write("src/tune.py", "print('tune')\n")
    p.write("src/score.py", "print('score')\n")
    numbers = p.json("metrics.json", {"accuracy": 0.71})

    def md5(data: bytes) -> str:
        return hashlib.md5(data).hexdigest()

    listing = [{"md5": md5(path.read_bytes()), "relpath": path.name} for path in sorted((p.root / "models/tuned").iterdir())]
    known = {"models/tuned": md5(json.dumps(listing, sort_keys=True).encode()) + ".dir", "metrics.json": md5(numbers.read_bytes())}

    def entry(path: str) -> str:
        here = p.root / path
        size = here.stat().st_size if here.is_file() else sum(inner.stat().st_size for inner in here.iterdir()) if here.is_dir() else p.rng.randrange(10**6)
        if path not in known:
            known[path] = md5(here.read_bytes()) if here.is_file() else p.rng.randbytes(16).hex() + ("" if "." in path else ".dir")
        return f"    - path: {path}\n      hash: md5\n      md5: {known[path]}\n      size: {size}\n"

    p.write("dvc.lock", "schema: '2.0'\nstages:\n"
            f"  tune:\n    cmd: python src/tune.py --base models/start\n    deps:\n{entry('data/train.jsonl')}{entry('models/start')}{entry('src/tune.py')}"
            f"    params:\n      params.yaml:\n        tune.epochs: 3\n    outs:\n{entry('models/tuned')}"
            f"  score:\n    cmd: python src/score.py\n    deps:\n{entry('data/test.jsonl')}{entry('models/tuned')}{entry('src/score.py')}    outs:\n{entry('metrics.json')}")
    p.write("dvc.yaml", "stages:\n  tune:\n    cmd: python src/tune.py --base models/start\n    deps: [data/train.jsonl, models/start, src/tune.py]\n"
            "    params: [tune.epochs]\n    outs: [models/tuned]\n  score:\n    cmd: python src/score.py\n    deps: [data/test.jsonl, models/tuned, src/score.py]\n"
            "    metrics:\n    - metrics.json:\n        cache: false\n")
    p.write("params.yaml", "tune:\n  epochs: 3\n")
    scores = p.thing("file", "metrics.json", "free")
    tune, score = p.thing("code", "src/tune.py", "free", "tune.py"), p.thing("code", "src/score.py", "free", "score.py")
    for start, end in ((scores, model), (scores, test), (scores, score), (model, tune), (model, score)):
        p.may(start, RELATIONS, end)
    p.may(model, ("evaluated-on",), test)
    p.say(model, ANY_ORIGIN, base, "dvc.lock")
    p.say(model, ("trained-on", "derived-from"), train, "dvc.lock")


@case("fourth")
def package_of_2024(p: Project) -> None:
    """A data package of version 2: roles in lists, sources at a resource."""
    word = p.pick("data").lower()
    data = p.thing("dataset", word, "no")
    source, maker, funder = p.dataset("free"), p.party(), p.party()
    path = p.write(f"tables/{word}.csv", "id,label\n" + "".join(f"{n},{p.rng.randrange(2)}\n" for n in range(20)))
    data.names += [p.root.name, f"tables/{word}.csv", f"{word}.csv", word.replace("-", " ").capitalize()]
    p.allowed_findings.add(GAP)
    p.json("datapackage.json", {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": word, "title": word.replace("-", " ").capitalize(), "version": "2.0.0",
        "created": "2025-02-02T12:00:00Z", "licenses": [{"name": "ODC-PDDL-1.0"}],
        "contributors": [{"title": maker.name, "roles": ["creator"]}, {"title": funder.name, "roles": ["funder"]}],
        "resources": [{"name": word, "path": f"tables/{word}.csv", "type": "table", "format": "csv", "mediatype": "text/csv", "bytes": path.stat().st_size,
                       "hash": f"sha256:{sha256(path)}", "sources": [{"title": source.name, "path": hub(source.name, True), "version": "1.1"}],
                       "schema": {"fields": [{"name": "id", "type": "integer"}, {"name": "label", "type": "integer"}]}}]})
    p.may(data, PARTY_RELATIONS, funder)
    p.say(data, "derived-from", source, "other documents")
    p.say(data, ("supplied-by", "collected-by", "built-by"), maker, "other documents")
