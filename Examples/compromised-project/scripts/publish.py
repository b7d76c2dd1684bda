"""Fetch last month's base and publish the scores."""

import subprocess
import sys

import requests
import torch
from transformers import AutoModel

base = AutoModel.from_pretrained("example-org/minilm-churn", trust_remote_code=True)
state = torch.load("models/checkpoints/epoch-02.pt", weights_only=False)
base.load_state_dict(state)
month = sys.argv[1]
subprocess.run(f"cp scores-{month}.csv /mnt/reports", shell=True, check=True)
requests.post("https://reports.acme.internal/scores", json={"month": month}, verify=False)
