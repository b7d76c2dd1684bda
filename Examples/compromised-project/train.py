"""Fine-tune the churn head on top of the vendored base."""

import hydra
import numpy as np
import torch
from omegaconf import DictConfig
from safetensors.torch import save_file


class ChurnHead(torch.nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(features, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.linear(x)).squeeze(-1)


@hydra.main(version_base=None, config_path="configs", config_name="train")
def main(cfg: DictConfig) -> None:
    torch.manual_seed(cfg.seed)
    x = torch.from_numpy(np.load(cfg.data.features))
    y = torch.from_numpy(np.loadtxt(cfg.data.rows, delimiter=",", skiprows=1, usecols=9)).float()
    model = ChurnHead(x.shape[1])
    optimizer = hydra.utils.instantiate(cfg.optimizer, params=model.parameters())
    for epoch in range(cfg.epochs):
        loss = torch.nn.functional.binary_cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")
    save_file(model.state_dict(), cfg.output)


if __name__ == "__main__":
    main()
