#!/usr/bin/env python3
"""Scans the source trees of well-known projects and lists every finding at high or above, for a look by hand.

    repositories.py --cordon PATH [--half PART] [--work DIR]

The projects are pinned source archives from PyPI, opened as data; nothing of them is run. What was found in the tuning half may have changed the
detectors; the evaluation half was scanned for the first time afterwards, and its false alarms were mended as well; each
further part was scanned for the first time after what went before had been mended. "drawn" and "rest" are a list of 130 names without those that have no source archive,
parted at random.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
from pathlib import Path

from collect_benign import Pin, fetch

DEPS = Path(__file__).resolve().parent.parent.parent / ".deps"
PROJECTS = {
    "tuning": [
        "mlflow==3.18.0", "dask==2026.8.0", "distributed==2026.8.0", "luigi==3.8.1", "kedro==1.7.0", "litellm==1.109.1", "gradio==6.31.0",
        "scrapy==2.19.0", "celery==5.7.0", "django==5.2.19", "ansible-core==2.19.14", "botocore==1.44.5", "paramiko==5.1.0", "cryptography==50.0.2",
        "sentry-sdk==2.75.0", "openai==3.54.0", "langchain==1.5.0", "langchain-community==0.4.2", "transformers==5.23.0", "datasets==5.2.0",
        "huggingface_hub==2.4.0", "accelerate==1.15.0", "peft==0.21.2", "spacy==3.8.18", "nltk==3.10.4", "pandas==3.1.1", "scikit-learn==1.9.1",
        "joblib==1.6.0",
    ],
    "evaluation": [
        "apache-airflow==3.3.2", "zenml==0.98.0", "wandb==0.31.0", "bentoml==1.4.40", "pytorch-lightning==2.6.6", "fastapi==0.165.0", "flask==3.1.3",
        "sqlalchemy==2.1.9", "requests==2.34.2", "aiohttp==3.14.5", "twisted==26.10.0", "jupyterlab==4.6.6", "jupyter-server==2.21.1", "dvc==3.67.1",
        "great-expectations==1.24.1", "prefect==3.9.1", "dagster==1.13.29", "feast==0.67.0", "evidently==0.7.23", "optuna==5.0.0",
        "sagemaker==3.27.0", "google-cloud-storage==3.17.1", "azure-storage-blob==12.31.1", "tornado==6.6.1", "docker==7.2.0", "kubernetes==37.0.2",
        "pymongo==4.20.0", "redis==8.1.0", "sentence-transformers==6.2.0", "diffusers==0.42.1", "timm==1.0.31", "haystack-ai==3.4.1",
        "llama-index-core==0.14.25", "chromadb==1.5.9", "qdrant-client==1.20.0", "spyder==6.1.8", "tensorflow-datasets==4.9.10", "scipy==1.17.1",
        "networkx==3.6.1", "skops==0.16.0",
    ],
    "check": [
        "pytest==9.2.0", "mypy==2.4.1", "pydantic==2.14.3", "starlette==1.10.0", "gunicorn==27.0.1", "pillow==13.0.0", "scikit-image==0.26.0",
        "xgboost==3.2.0", "keras==3.15.1", "optax==0.2.8", "flax==0.12.8", "jax==0.10.2", "h5py==3.16.0", "zarr==3.1.6", "xarray==2026.9.0",
        "numba==0.68.1", "dash==4.4.1", "bokeh==3.9.2", "altair==6.3.0", "stanza==1.15.0", "flair==0.15.1", "unstructured==0.27.35",
        "crewai==1.15.30", "dspy==3.4.1", "instructor==1.17.0", "langgraph==1.2.22", "mlserver==1.7.1", "kfp==2.17.3", "metaflow==2.19.39",
        "flytekit==1.16.31", "aim==3.29.1", "sacred==0.8.7", "hydra-core==1.3.8", "omegaconf==2.4.0", "pymc==5.28.5", "lightning==2.6.6",
        "torchmetrics==1.9.0",
    ],
    "last": [
        "polars==2.1.0", "duckdb==2.0.0", "bentoml-unsloth==0.1.2", "auto-sklearn==0.15.0", "tpot==1.1.0", "featuretools==1.31.0", "sktime==1.2.0",
        "darts==0.48.1", "prophet==1.5.0", "implicit==0.7.3", "lightfm==1.17", "tsfresh==0.21.2", "imbalanced-learn==0.14.2",
        "category-encoders==2.11.2", "yellowbrick==1.5", "scikit-posthocs==0.17.1", "dalex==1.8.0", "lime==0.2.0.1", "alibi==0.9.6", "aif360==0.6.1",
        "adversarial-robustness-toolbox==1.20.1", "foolbox==3.3.4", "textattack==0.3.11", "opacus==1.6.0", "syft==0.10.0", "flwr==1.42.0",
        "sentencepiece==0.2.3", "tokenizers==0.23.3", "safetensors==0.8.0", "onnxruntime-tools==1.7.0", "skl2onnx==1.20.0", "tf2onnx==1.17.0",
        "coremltools==9.0", "ludwig==0.11.0", "gluonts==0.17.0", "monai==1.6.1", "torchio==1.2.1", "kornia==0.9.0", "timm-vis==2.0.0",
        "albumentations==2.0.8", "ultralytics==8.4.190", "supervision==0.31.2", "fiftyone==1.22.1", "label-studio==1.23.2", "argilla==2.8.0",
        "snorkel==0.10.0", "cleanlab==2.9.0", "doccano==1.8.4", "streamlit==1.67.0", "panel==1.9.4", "voila-gridstack==0.4.0", "marimo==0.25.2",
        "nicegui==3.18.0", "reflex==0.10.1", "solara==1.64.1", "chainlit==2.12.0",
    ],
    "fresh": [
        "fairlearn==0.15.0", "shap==0.51.0", "interpret-core==0.7.8", "mlxtend==0.25.0", "hyperopt==0.3.0", "tensorboardX==2.6.5",
        "skorch==1.4.0", "fastai==2.8.12", "pyro-ppl==1.9.2", "deepspeed==0.19.8", "trl==1.16.0", "evaluate==0.4.6", "gymnasium==1.4.0",
        "stable-baselines3==2.9.2", "guidance==0.3.1", "semantic-kernel==1.45.0", "pydantic-ai-slim==2.68.0", "vllm==0.33.0", "lm-eval==0.4.13",
        "openai-whisper==20250625", "nbconvert==7.17.2", "notebook==7.6.5", "ipykernel==7.4.0", "papermill==2.7.0", "jupytext==1.19.6",
        "nbdime==4.0.4", "voila==0.5.13", "pandera==0.35.0", "ydata-profiling==4.18.4", "deepchecks==0.19.1", "whylogs==1.6.4", "intake==2.0.9",
        "petl==1.7.30", "moto==5.2.5", "s3fs==2026.9.0", "gcsfs==2026.10.1", "locust==2.47.0", "httpie==3.2.4", "scapy==2.8.0", "pip-audit==2.10.1",
        "twine==7.0.0", "poetry==2.5.1", "setuptools==84.2.1", "pip==26.3", "virtualenv==21.15.8", "tox==4.67.15", "salt==3008.5", "fabric==3.2.3",
        "invoke==3.0.3", "sphinx==9.0.4", "mkdocs==1.6.1", "jinja2==3.1.6", "mako==1.4.3", "mlforecast==1.1.0",
    ],
    "unseen": [
        "alembic==1.20.1", "anndata==0.12.19", "astropy==8.0.2", "awscli==1.46.3", "azure-ai-ml==1.35.2", "azure-identity==1.27.0", "biopython==1.88",
        "black==26.10.1", "boto3==1.44.5", "chemprop==2.3.1", "coverage==7.17.3", "cython==3.3.1", "deepchem==2.8.0", "deepdiff==9.1.0",
        "e3nn==0.6.0", "espnet==202511", "evalml==0.84.0", "fairseq==0.12.2", "faker==40.54.0", "flaml==2.7.0", "geopandas==1.2.0",
        "google-cloud-aiplatform==2.7.0", "hatch==1.18.2", "hypothesis==6.170.15", "ibis-framework==12.0.0", "lale==0.9.5", "langfuse==5.0.4",
        "langsmith==0.15.0", "llama-cpp-python==0.3.36", "meson==1.12.1", "mne==1.13.2", "nemo-toolkit==3.0.0", "neuralforecast==3.3.0",
        "nilearn==0.14.1", "openpyxl==3.1.5", "optimum==2.3.0", "pdm==2.29.4", "peewee==4.5.3", "pyarrow==26.0.1", "pylint==4.1.4", "pypdf==7.1.0",
        "python-telegram-bot==22.8", "pytorch-forecasting==1.8.0", "pytorch-tabnet==4.1.0", "reportlab==5.1.0", "rich==15.0.0", "river==0.26.1",
        "scanpy==1.11.5", "scvi-tools==1.4.2", "selenium==4.52.0", "skforecast==0.26.0", "slack-sdk==3.47.0", "speechbrain==1.1.2",
        "sqlmodel==0.0.50", "statsforecast==2.1.1", "stripe==16.1.0", "textblob==0.20.1", "torch-geometric==2.8.1", "typer==0.29.2",
        "uvicorn==0.54.0",
    ],
    "drawn": [
        "acme==5.9.0", "autogluon.core==1.6.3", "batchspawner==1.3.0", "bottle==0.13.4", "camelot-py==2.0.0", "checkov==3.3.30", "cherrypy==18.10.0",
        "comet-ml==3.58.8", "dowhy==0.14", "edward==1.3.5", "elasticsearch==9.5.1", "face-recognition==1.3.0", "folium==0.20.0", "frappe==0.0.1",
        "hummingbird-ml==0.4.12", "imgaug==0.4.0", "insightface==2.1", "interpret==0.7.8", "ipydatagrid==1.4.0", "lxml==6.1.3", "meltano==4.4.1",
        "mmcv==2.2.0", "molotov==2.6", "neo4j==6.4.1", "nibabel==5.4.2", "nox==2026.10.20", "numcodecs==0.16.6", "onnxmltools==1.16.0",
        "opensearch-py==3.2.0", "outlines==1.3.3", "paddleocr==3.7.0", "ploomber==0.23.3", "pmdarima==2.1.1", "pydub==0.25.1", "pyod==3.6.7",
        "python-docx==1.2.0", "python-pptx==1.0.2", "pywavelets==1.9.0", "ragas==0.4.3", "rasterio==1.4.4", "sacrebleu==2.6.0", "safety==3.8.1",
        "semgrep==1.185.0", "sf-hamilton==1.90.0", "sqlfluff==4.5.0", "sqlmesh==0.236.4", "superset==0.30.1", "textacy==0.13.0", "trulens==2.16.0",
        "vaex==4.20.0",
    ],
    "rest": [
        "alibi-detect==0.13.0", "allennlp==2.10.1", "arviz==0.23.4", "bandit==1.9.4", "beautifulsoup4==4.15.0", "buildbot==4.3.0", "captum==0.9.0",
        "cassandra-driver==3.30.1", "catboost==1.2.10", "certbot==5.8.0", "chatterbot==1.2.15", "datasketch==2.0.0", "dbt-core==1.12.6",
        "deepface==0.0.103", "detect-secrets==1.5.0", "dipy==1.12.1", "django-cms==5.1.3", "dockerspawner==14.0.0", "docx2python==3.7.1",
        "dynesty==3.1.0", "falcon==4.4.0", "feature-engine==1.9.4", "hamilton==0.1.0", "impacket==0.13.1", "isort==9.0.2", "jiwer==4.0.0",
        "jupyterhub==6.1.1", "label-studio-sdk==2.1.2", "letsencrypt==0.7.0", "librosa==0.11.0", "lightgbm==4.7.0", "mechanize==0.4.10",
        "mmengine==0.10.7", "modin==0.37.1", "nbgitpuller==1.3.0", "neptune==1.14.0.post2", "newspaper3k==0.2.8", "pdfminer.six==20260107",
        "pettingzoo==1.27.0", "pinecone==10.2.0", "pipenv==2026.10.3", "pre-commit==4.7.0", "pyautogen==0.10.0", "pydicom==3.0.2", "pymilvus==3.0.2",
        "pyramid==2.1", "pyvista==0.49.1", "rasa==1.10.2", "sanic==25.12.1", "scrapegraphai==1.76.0", "seaborn==0.13.2", "seldon-core==1.18.2",
        "spacy-transformers==1.4.0", "sqlglot==30.30.0", "sumy==0.13.0", "tables==3.11.1", "tensorboardx==2.6.5", "tianshou==2.0.1",
        "trafilatura==2.3.1", "trimesh==5.2.0", "troposphere==4.11.1", "wagtail==8.0.1", "weasyprint==70.0", "xlsxwriter==3.3.1",
    ],
}


def tree(half: str, work: Path) -> Path:
    root = work / "repositories" / half
    for name in PROJECTS[half]:
        package, _, version = name.partition("==")
        target = root / package
        if target.exists():
            continue
        archive = fetch(Pin(package, version, half), work / "repositories" / "archives")
        target.mkdir(parents=True)
        with tarfile.open(archive) as opened:
            opened.extractall(target, filter="data")
    return root


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cordon", required=True)
    parser.add_argument("--half", choices=list(PROJECTS), action="append")
    parser.add_argument("--work", type=Path, default=DEPS / "project")
    options = parser.parse_args()
    for half in options.half or PROJECTS:
        root = tree(half, options.work)
        files = sum(1 for path in root.rglob("*") if path.is_file() and not path.is_symlink())
        report = options.work / f"repositories-{half}.json"
        subprocess.run([options.cordon, "scan", str(root), "--no-config", "--quiet", "--format", "json", "--output", str(report), "--fail-on", "none"], check=True)
        findings = [f for f in json.loads(report.read_text())["findings"] if f["severity"] in ("high", "critical")]
        print(f"{half}: {len(PROJECTS[half])} projects, {files} files, {len(findings)} findings at high or above")
        for finding in findings:
            print(f"  {finding['ruleID']} {finding['path']}:{finding.get('line') or ''} {finding['message'][:140]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
