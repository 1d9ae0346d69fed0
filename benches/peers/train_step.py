"""One training step of Segue's networks, without dropout, in PyTorch: forward, backward, Adam.

    train_step.py [THREADS [DEVICE [BATCH_SIZE [NETWORK ...]]]]

Prints the median milliseconds of a step of each; 0 threads are as many as torch takes by itself, DEVICE is cpu (the
default), cuda or cuda:1. TOKENS=200: lyrics of up to 200 tokens. Made for torch 2.15.
"""

import os
import statistics
import sys
import time

import torch
from networks import N_TOKENS, Network, batch

threads, device, batch_size = (sys.argv[1:4] + ["2", "cpu", "16"][len(sys.argv[1:4]) :])
names = sys.argv[4:] or ["compact", "thesis", "lyrics", "multimodal"]
if int(threads) > 0:
    torch.set_num_threads(int(threads))
for name in names:
    torch.manual_seed(1)
    # As `segue parity`, whose steps are those of two devices that would draw other numbers each.
    network = Network(name, dropout=False).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-5, eps=1e-7)
    inputs, targets = batch(name, int(batch_size), device, int(os.environ.get("TOKENS") or N_TOKENS))
    times = []
    for step in range(14):
        begun = time.perf_counter()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(*inputs), targets).backward()
        optimizer.step()
        if device != "cpu":
            torch.cuda.synchronize(device)
        if step >= 4:
            times.append(time.perf_counter() - begun)
    median = 1000 * statistics.median(times)
    print(f"PyTorch {torch.__version__}, {device}, {name}, batch {batch_size}: {median:.1f} ms a step")
