"""How far the gradients of a training step in bf16 are from those in f32 with PyTorch's autocast, on the CPU.

    autocast.py [BATCH_SIZE ...]

Prints, for both audio networks and three seeds, the parameter whose gradients are furthest off and by which share of
their norm: what `segue parity --precision bf16` prints of ours. Made for torch 2.15.
"""

import sys

import torch
from torch import nn


class Compact(nn.Module):
    """The network `compact`, without dropout."""

    def __init__(self):
        super().__init__()
        channels = [1, 24, 48, 96, 128]
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        for depth, (n_in, n_out) in enumerate(zip(channels, channels[1:])):
            kernel, stride = (7, 4) if depth == 0 else (3, 2)
            self.convs.append(nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False))
            self.norms.append(nn.BatchNorm2d(n_out))
        self.head = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = nn.functional.relu(norm(conv(x)))
        x = x.flatten(2)
        return self.head(torch.cat([x.mean(2), x.amax(2)], 1))


def thesis():
    """The audio network of the thesis, without dropout."""
    layers = []
    for n_in, n_out, kernel, stride in [(1, 64, 7, 1), (64, 128, 7, 2), (128, 256, 3, 1), (256, 512, 3, 1)]:
        layers += [nn.Conv2d(n_in, n_out, kernel, stride), nn.ReLU()]
        layers += [nn.BatchNorm2d(n_out, eps=1e-3, momentum=0.01), nn.AvgPool2d(2)]
    layers += [nn.BatchNorm2d(512, eps=1e-3), nn.Flatten(), nn.BatchNorm1d(2048, eps=1e-3)]
    for n_in, n_out in [(2048, 1024), (1024, 256), (256, 64), (64, 32)]:
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(32, 4))


def gradients(network, slices, targets, half):
    network.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        logits = network(slices)
    nn.functional.cross_entropy(logits.float(), targets).backward()
    return {name: parameter.grad.clone() for name, parameter in network.named_parameters()}


print(f"PyTorch {torch.__version__}")
for batch_size in [int(text) for text in sys.argv[1:]] or [16, 4, 2]:
    for name, build in [("compact", Compact), ("thesis", thesis)]:
        for seed in range(1, 4):
            torch.manual_seed(seed)
            network = build()
            slices, targets = torch.rand(batch_size, 1, 128, 128), torch.arange(batch_size) % 4
            single, half = [gradients(network, slices, targets, half) for half in (False, True)]
            apart = {
                own: ((single[own] - half[own]).norm() / single[own].norm().clamp_min(1e-3)).item() for own in single
            }
            worst = max(apart, key=apart.get)
            print(f"{name}, {batch_size} slices, seed {seed}: {apart[worst]:.2f} ({worst})")
