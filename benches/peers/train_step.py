"""One training step of Segue's networks, without dropout, in PyTorch: forward, backward, Adam.

    train_step.py [THREADS [DEVICE [BATCH_SIZE [NETWORK ...]]]]

Prints the median milliseconds of a step of each; 0 threads are as many as torch takes by itself, DEVICE is cpu (the
default), cuda or cuda:1. TOKENS=200: lyrics of up to 200 tokens. PRECISION=bf16: with autocast, beside `segue parity
--precision bf16`. Made for torch 2.15.
"""

import os
import statistics
import sys
import time

import torch
from networks import N_TOKENS, Network, batch, loss

# As in trainer/src/training/parity/timing.rs: steps that do not count, then both so many steps and so many seconds.
N_WARM_UP, LEAST_STEPS, LEAST_SECS = 4, 10, 1.0


def median_ms(step):
    for _ in range(N_WARM_UP):
        step()
    times, all_begun = [], time.perf_counter()
    while len(times) < LEAST_STEPS or time.perf_counter() - all_begun < LEAST_SECS:
        begun = time.perf_counter()
        step()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def step_ms(name, batch_size, device, n_tokens, half):
    torch.manual_seed(1)
    # As `segue parity`, whose steps are those of two devices that would draw other numbers each.
    network = Network(name, dropout=False).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-5, eps=1e-7)
    inputs, targets = batch(name, batch_size, device, n_tokens)

    def step():
        optimizer.zero_grad()
        loss(network, inputs, targets, half).backward()
        optimizer.step()
        if device != "cpu":
            torch.cuda.synchronize(device)

    return median_ms(step)


threads, device, batch_size = (sys.argv[1:4] + ["2", "cpu", "16"][len(sys.argv[1:4]) :])
names = sys.argv[4:] or ["compact", "thesis", "lyrics", "multimodal"]
n_tokens, precision = int(os.environ.get("TOKENS") or N_TOKENS), os.environ.get("PRECISION") or "f32"
if precision not in ("f32", "bf16"):
    sys.exit(f"train_step.py: PRECISION is '{precision}'; expected f32 or bf16")
if int(threads) > 0:
    torch.set_num_threads(int(threads))
for name in names:
    ms = step_ms(name, int(batch_size), device, n_tokens, precision == "bf16")
    what = f"{name}, batch {batch_size}" + (", bf16" if precision == "bf16" else "")
    print(f"PyTorch {torch.__version__}, {device}, {what}: {ms:.1f} ms a step")
