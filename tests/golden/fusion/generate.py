"""The gated fusion of Segue as PyTorch computes it: values and gradients.

Run `python generate.py` in this folder; it writes `gated.json`. Made with Python 3.11 and torch 2.15.0
(CPU). Weights and inputs are sines of their position, so that none need be stored.
"""

import json

import torch


def wave(offset, *shape):
    n = torch.Size(shape).numel()
    values = torch.sin(torch.arange(n, dtype=torch.float64) * 1.3 + offset)
    return values.reshape(shape).float().requires_grad_()


heard, read = wave(1, 2, 3), wave(2, 2, 4)
hear, read_in, gate = wave(3, 3, 5), wave(4, 4, 5), wave(5, 7, 5)
z = torch.sigmoid(torch.cat([heard, read], 1) @ gate)
fused = z * torch.tanh(heard @ hear) + (1 - z) * torch.tanh(read @ read_in)
(fused * wave(6, 2, 5).detach()).sum().backward()
golden = {"torch": torch.__version__.split("+")[0], "fused": fused.detach().flatten().tolist()}
for name, tensor in (("heard", heard), ("read", read), ("hear", hear), ("read_in", read_in), ("gate", gate)):
    golden[name] = tensor.grad.flatten().tolist()
with open("gated.json", "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
