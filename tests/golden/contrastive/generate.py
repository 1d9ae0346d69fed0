"""The symmetric InfoNCE loss as PyTorch computes it: value and gradient.

Run `python generate.py` in this folder; it writes `loss.json`. Made with Python 3.11 and torch 2.15.0
(CPU), as CLIP's published pseudocode has it: cross entropy along both axes, averaged. The similarities are
sines of their position, so that none need be stored.
"""

import json

import torch
from torch.nn.functional import cross_entropy

n = 5
values = torch.sin(torch.arange(n * n, dtype=torch.float64) * 1.3 + 1) * 8
similarities = values.reshape(n, n).float().requires_grad_()
own = torch.arange(n)
loss = (cross_entropy(similarities, own) + cross_entropy(similarities.T, own)) / 2
loss.backward()
golden = {
    "torch": torch.__version__.split("+")[0],
    "loss": loss.item(),
    "gradient": similarities.grad.flatten().tolist(),
}
with open("loss.json", "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
