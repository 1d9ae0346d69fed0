"""One training step of the thesis's audio network in PyTorch: forward, backward, Adam.

    train_step.py [THREADS [DEVICE [BATCH_SIZE]]]

Prints the median milliseconds of a step; 0 threads are as many as torch takes by itself, DEVICE is cpu (the default),
cuda or cuda:1. Made for torch 2.15.
"""

import statistics
import sys
import time

import torch
from torch import nn

threads, device, batch_size = sys.argv[1:] + ["2", "cpu", "16"][len(sys.argv) - 1 :]
batch_size = int(batch_size)
if int(threads) > 0:
    torch.set_num_threads(int(threads))
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
network = nn.Sequential(*layers, nn.Linear(32, 4)).to(device)
optimizer = torch.optim.Adam(network.parameters(), lr=5e-5, eps=1e-7)
slices = torch.rand(batch_size, 1, 128, 128, device=device)
targets = torch.arange(batch_size, device=device) % 4
times = []
for step in range(14):
    begun = time.perf_counter()
    optimizer.zero_grad()
    nn.functional.cross_entropy(network(slices), targets).backward()
    optimizer.step()
    if device != "cpu":
        torch.cuda.synchronize(device)
    if step >= 4:
        times.append(time.perf_counter() - begun)
median = 1000 * statistics.median(times)
print(f"PyTorch {torch.__version__}, {device}, batch {batch_size}: {median:.1f} ms a step")
