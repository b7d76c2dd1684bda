"""Text content of the samples: chat templates, model folders and configurations.

All of it is written for this benchmark in the style that published models use.
"""

from __future__ import annotations

import json

SENTENCES = [
    "The cat sat on the mat.",
    "import os and sys to read files",
    "eval mode is set with model.eval()",
    "A system prompt tells the model what to do.",
    "She ran over the hill; he followed.",
    "exec summary: results improved by 3%",
] * 4

LORA_METADATA = {
    "format": "pt",
    "ss_network_module": "networks.lora",
    "ss_network_dim": "16",
    "ss_learning_rate": "0.0001",
    "ss_base_model_version": "sdxl_base_v1-0",
    "ss_tag_frequency": json.dumps({"10_style": {"portrait": 12, "sky": 4}}),
    "modelspec.title": "style",
    "modelspec.description": "Trained at https://example.org with 20 pictures",
}

CHAT_TEMPLATES = {
    "turns": (
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
    ),
    "instruct": (
        "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] %}{%- set loop_messages = messages[1:] %}"
        "{%- else %}{%- set loop_messages = messages %}{%- endif %}{{- bos_token }}{%- for message in loop_messages %}"
        "{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{- raise_exception('Conversation roles must alternate') }}{%- endif %}"
        "{%- if message['role'] == 'user' %}{{- '[INST] ' + message['content'].strip() + ' [/INST]' }}"
        "{%- else %}{{- ' ' + message['content'].strip() + eos_token }}{%- endif %}{%- endfor %}"
    ),
    "tools": (
        "{%- if tools %}{{- 'You can call these functions:\\n' }}{%- for tool in tools %}{{- tool | tojson(indent=2) }}{{- '\\n' }}{%- endfor %}{%- endif %}"
        "{%- set ns = namespace(last=-1) %}{%- for message in messages %}{%- if message.role == 'user' %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}"
        "{%- for message in messages %}{%- if message.tool_calls is defined and message.tool_calls is not none %}{%- for call in message.tool_calls %}"
        "{{- '<tool_call>' + (call.function | tojson) + '</tool_call>' }}{%- endfor %}"
        "{%- elif message.content is string %}{{- '<|' ~ message.role ~ '|>' ~ message.content | trim }}"
        "{%- else %}{%- for part in message.content | selectattr('type', 'equalto', 'text') %}{{- part.text }}{%- endfor %}{%- endif %}{%- endfor %}"
    ),
    "dates": (
        "{%- if not date_string is defined %}{%- set date_string = strftime_now('%d %b %Y') %}{%- endif %}{{- 'Today: ' + date_string + '\\n' }}"
        "{%- macro turn(role, text) -%}{{- '<|start|>' + role + '<|end|>' + text }}{%- endmacro -%}"
        "{%- for m in messages %}{{- turn(m.role, m.content) }}{%- endfor %}"
    ),
    "reasoning": (
        "{%- for message in messages %}{%- set content = message.content %}{%- if message.role == 'assistant' and '</think>' in content %}"
        "{%- set content = content.split('</think>')[-1].lstrip('\\n') %}{%- endif %}{{- message.role.upper() + ': ' + content.replace('\\r', '') }}"
        "{%- if loop.last and enable_thinking is defined and enable_thinking is false %}{{- '<think></think>' }}{%- endif %}{%- endfor %}"
        "{%- for key, value in (extra or {}).items() %}{{- key ~ '=' ~ value }}{%- endfor %}"
    ),
}


def model_folder(name: str, template: str) -> dict[str, str]:
    """File names and contents of one model folder."""
    special = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": {"content": "<unk>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False},
    }
    words = [
        "<unk>",
        "<s>",
        "</s>",
        "the",
        "cat",
        "os",
        "system",
        "eval",
        "exec",
        "import",
        "__class__",
        "subprocess",
        "http",
    ]
    contents = {
        "config.json": {
            "_name_or_path": f"example/{name}",
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": 8,
            "num_attention_heads": 2,
            "num_hidden_layers": 1,
            "rope_scaling": None,
            "torch_dtype": "bfloat16",
            "transformers_version": "4.40.0",
            "use_cache": True,
            "vocab_size": len(words),
            "id2label": {"0": "NEGATIVE", "1": "POSITIVE"},
        },
        "generation_config.json": {
            "_from_model_config": True,
            "bos_token_id": 1,
            "eos_token_id": [2],
            "temperature": 0.6,
            "transformers_version": "4.40.0",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "LlamaTokenizer",
            "model_max_length": 1000000000000000019884624838656,
            "chat_template": template,
            "clean_up_tokenization_spaces": False,
            **special,
        },
        "special_tokens_map.json": special,
        "vocab.json": {word: index for index, word in enumerate(words)},
        "added_tokens.json": {"<|im_end|>": 13},
        "preprocessor_config.json": {
            "do_resize": True,
            "image_mean": [0.5, 0.5, 0.5],
            "image_processor_type": "CLIPImageProcessor",
            "size": {"shortest_edge": 224},
        },
        "adapter_config.json": {
            "peft_type": "LORA",
            "r": 8,
            "lora_alpha": 16,
            "target_modules": ["q_proj", "v_proj"],
            "base_model_name_or_path": "example/base",
            "auto_mapping": None,
        },
        "model_index.json": {
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": "0.27.0",
            "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"],
            "safety_checker": [None, None],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "trainer_state.json": {
            "best_metric": 0.5,
            "epoch": 1.0,
            "global_step": 10,
            "log_history": [{"loss": 1.5, "step": 1}],
        },
    }
    files = {file: json.dumps(content, indent=2) for file, content in contents.items()}
    files["merges.txt"] = "#version: 0.2\nt h\nth e\nc a\nca t\n"
    files["vocab.txt"] = "\n".join(words) + "\n"
    files["chat_template.jinja"] = template
    files["README.md"] = (
        f"---\nlicense: apache-2.0\ntags: [text-generation]\n---\n# {name}\n\n```python\nfrom transformers import AutoModel\nmodel = AutoModel.from_pretrained('example/{name}')\n```\n"
    )
    return files


CONFIGURATIONS = {
    "hydra/config.yaml": "defaults:\n  - model: vit\n  - data: images\n  - override hydra/launcher: basic\n  - _self_\nseed: 1\nrun: ${model.name}-${now:%Y-%m-%d}\nhydra:\n  run:\n    dir: outputs/${run}\n",
    "hydra/model/vit.yaml": "_target_: torchvision.models.vit_b_16\nname: vit\nnum_classes: 10\noptimizer:\n  _target_: torch.optim.AdamW\n  _partial_: true\n  lr: 3.0e-4\n",
    "hydra/data/images.yaml": "_target_: torch.utils.data.DataLoader\ndataset:\n  _target_: torchvision.datasets.FakeData\n  size: 100\nbatch_size: ${oc.decode:${oc.env:BATCH,32}}\n",
    "hydra/trainer.yaml": "_target_: lightning.pytorch.Trainer\nmax_epochs: 10\ncallbacks:\n  - _target_: lightning.pytorch.callbacks.ModelCheckpoint\n    monitor: val/loss\n",
    "fine-tune.yaml": "base_model: example/base\nload_in_4bit: true\ndatasets:\n  - path: data/train.jsonl\n    type: alpaca\nlora_r: 16\nlora_target_modules: [q_proj, v_proj]\nlearning_rate: 0.0002\nwandb_project: demo\n",
    "detection.yaml": "path: ../datasets/pets\ntrain: images/train\nval: images/val\nnc: 2\nnames:\n  0: cat\n  1: dog\n",
    "detector-model.yaml": "nc: 80\nscales:\n  n: [0.33, 0.25, 1024]\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\n  - [-1, 3, C2f, [128, True]]\nhead:\n  - [[15, 18, 21], 1, Detect, [nc]]\n",
    "anchors.yaml": "defaults: &defaults\n  lr: 0.1\n  sizes: [1, 2]\ntrain:\n  <<: *defaults\n  epochs: 3\ntext: |\n  Several lines\n  of text.\n",
    "experiment/MLmodel": "artifact_path: model\nflavors:\n  python_function:\n    env:\n      conda: conda.yaml\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n    python_version: 3.10.12\n  sklearn:\n    pickled_model: model.pkl\n    serialization_format: cloudpickle\n    sklearn_version: 1.3.0\nmodel_uuid: 00000000000000000000000000000007\n",
    "experiment/conda.yaml": "channels:\n- conda-forge\ndependencies:\n- python=3.10\n- pip:\n  - scikit-learn==1.3.0\nname: env\n",
    "experiment/requirements.txt": "numpy>=1.24\nscikit-learn==1.3.0\n",
    "serving/config.json": json.dumps(
        {"model": "net", "batch": {"max_size": 8}, "inputs": [{"name": "x", "shape": [-1, 4]}]}, indent=2
    ),
    "serving/config.pbtxt": 'name: "net"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 8\ninput [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } ]\n',
    "deepspeed.json": json.dumps(
        {"zero_optimization": {"stage": 2}, "fp16": {"enabled": "auto"}, "train_batch_size": "auto"}, indent=2
    ),
    "accelerate.yaml": "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_GPU\nmain_training_function: main\nmixed_precision: bf16\nnum_processes: 2\n",
    "workflow.json": json.dumps(
        {
            "last_node_id": 2,
            "nodes": [
                {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": ["model.safetensors"]},
                {"id": 2, "type": "CLIPTextEncode", "widgets_values": ["a photo of a cat"]},
            ],
        }
    ),
    "Modelfile": 'FROM ./model.gguf\nPARAMETER temperature 0.7\nTEMPLATE """{{ if .System }}{{ .System }}{{ end }} {{ .Prompt }}"""\nSYSTEM You are a helpful assistant.\n',
    "project.toml": "[tool.train]\nepochs = 3\nlearning_rate = 0.1\n",
    "pipeline.yaml": "stages:\n  train:\n    cmd: python train.py --epochs 3\n    deps: [train.py, data/]\n    outs: [model.pkl]\n",
    "metrics.json": json.dumps({"accuracy": 0.9, "loss": 0.25, "nan": None}),
}
