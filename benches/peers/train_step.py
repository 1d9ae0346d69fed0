"""One training step of the thesis's audio network in PyTorch: forward, backward, Adam, batch 16.

Prints the median seconds of a step. Made for torch 2.15.
"""

import statistics
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
torch.manual_seed(1)


def norm(layer, n):
    return layer(n, eps=1e-3, momentum=0.01)


layers = []
for n_in, n_out, kernel, stride in [(1, 64, 7, 1), (64, 128, 7, 2), (128, 256, 3, 1), (256, 512, 3, 1)]:
    layers += [nn.Conv2d(n_in, n_out, kernel, stride), nn.ReLU(), norm(nn.BatchNorm2d, n_out)]
    layers += [nn.AvgPool2d(2)]
layers += [norm(nn.BatchNorm2d, 512), nn.Flatten(), norm(nn.BatchNorm1d, 2048), nn.Dropout(0.6)]
for n_in, n_out, dropout in [(2048, 1024, 0.5), (1024, 256, 0.25), (256, 64, 0), (64, 32, 0)]:
    layers += [nn.Linear(n_in, n_out), nn.ReLU(), nn.Dropout(dropout)]
network = nn.Sequential(*layers, nn.Linear(32, 4))
optimizer = torch.optim.Adam(network.parameters(), lr=5e-5, eps=1e-7)
slices, targets = torch.rand(16, 1, 128, 128), torch.arange(16) % 4
times = []
for step in range(14):
    begun = time.perf_counter()
    optimizer.zero_grad()
    nn.functional.cross_entropy(network(slices), targets).backward()
    optimizer.step()
    if step >= 4:
        times.append(time.perf_counter() - begun)
print(f"PyTorch {torch.__version__}: {1000 * statistics.median(times):.0f} ms a step")
