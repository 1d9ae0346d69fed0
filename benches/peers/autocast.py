"""How far the gradients of a training step in bf16 are from those in f32 with PyTorch's autocast, on the CPU.

    autocast.py [BATCH_SIZE ...]

Prints, for both audio networks and three seeds, the parameter whose gradients are furthest off and by which share of
their norm: what `segue parity --precision bf16` prints of ours. Made for torch 2.15.
"""

import sys

import torch
from networks import Network, batch, loss


def gradients(network, inputs, targets, half):
    network.zero_grad()
    loss(network, inputs, targets, half).backward()
    return {name: parameter.grad.clone() for name, parameter in network.named_parameters()}


print(f"PyTorch {torch.__version__}")
for batch_size in [int(text) for text in sys.argv[1:]] or [16, 4, 2]:
    for name in ["compact", "thesis"]:
        for seed in range(1, 4):
            torch.manual_seed(seed)
            network = Network(name, dropout=False)
            inputs, targets = batch(name, batch_size)
            single, half = [gradients(network, inputs, targets, half) for half in (False, True)]
            apart = {
                own: ((single[own] - half[own]).norm() / single[own].norm().clamp_min(1e-3)).item() for own in single
            }
            worst = max(apart, key=apart.get)
            print(f"{name}, {batch_size} slices, seed {seed}: {apart[worst]:.2f} ({worst})")
