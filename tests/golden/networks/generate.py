"""Forward pass, gradients and parameter counts of Segue's networks, as PyTorch computes them.

Run `python generate.py` in this folder; it writes `thesis_cnn.json`, `thesis_joined.json` and `text_encoder.json`.
Made with Python 3.11 and torch 2.15.0 (CPU).

Weights and inputs come from a formula (SplitMix64 of tensor number and position), so that none
need be stored; `trainer/tests/network_parity.rs` uses the same one.
"""

import json
import math

import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def uniform(number, n):
    """n values in [-1, 1) for the tensor of that number."""
    with np.errstate(over="ignore"):
        z = np.uint64(number) * np.uint64(1 << 32) + np.arange(n, dtype=np.uint64)
        z = z * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / (1 << 23) - 1.0


def values(number, shape, role):
    u = uniform(number, math.prod(shape)).reshape(shape)
    if role == "weight":
        fan_in = math.prod(shape[1:]) if len(shape) == 4 else shape[0]
        u = u * math.sqrt(6.0 / fan_in)
    elif role in ("bias", "beta", "running_mean"):
        u = u * 0.1
    elif role == "gamma":
        u = 1.0 + u * 0.1
    elif role == "running_var":
        u = 1.0 + u * 0.5
    return torch.tensor(u, dtype=torch.float32)


class Filler:
    """Fills modules in the order in which Segue's networks list their parameters."""

    def __init__(self):
        self.number = 0
        self.params = []  # (name, parameter, is it stored transposed)

    def next(self, name, target, shape, role, transposed=False):
        data = values(self.number, shape, role)
        self.number += 1
        with torch.no_grad():
            target.copy_(data.T if transposed else data)
        if isinstance(target, nn.Parameter):
            self.params.append((name, target, transposed))

    def conv(self, name, layer):
        self.next(f"{name}.weight", layer.weight, tuple(layer.weight.shape), "weight")
        self.next(f"{name}.bias", layer.bias, tuple(layer.bias.shape), "bias")

    def linear(self, name, layer):
        n_out, n_in = layer.weight.shape
        self.next(f"{name}.weight", layer.weight, (n_in, n_out), "weight", transposed=True)
        self.next(f"{name}.bias", layer.bias, (n_out,), "bias")

    def norm(self, name, layer, running=True):
        shape = tuple(layer.weight.shape)
        self.next(f"{name}.gamma", layer.weight, shape, "gamma")
        self.next(f"{name}.beta", layer.bias, shape, "beta")
        if running:
            self.next(f"{name}.running_mean", layer.running_mean, shape, "running_mean")
            self.next(f"{name}.running_var", layer.running_var, shape, "running_var")

    def table(self, name, layer):
        self.next(f"{name}.weight", layer.weight, tuple(layer.weight.shape), "weight")


class ThesisCnn(nn.Module):
    """The thesis's audio network without its dropout; Keras's BatchNorm constants."""

    def __init__(self):
        super().__init__()
        convs = [(1, 64, 7, 1), (64, 128, 7, 2), (128, 256, 3, 1), (256, 512, 3, 1)]
        self.convs = nn.ModuleList(nn.Conv2d(i, o, k, s) for i, o, k, s in convs)
        norm = lambda cls, n: cls(n, eps=1e-3, momentum=0.01)
        self.norms = nn.ModuleList(norm(nn.BatchNorm2d, c[1]) for c in convs)
        self.norm_pooled = norm(nn.BatchNorm2d, 512)
        self.norm_flat = norm(nn.BatchNorm1d, 2048)
        self.dense_1024 = nn.Linear(2048, 1024)
        self.dense_256 = nn.Linear(1024, 256)
        self.dense_64 = nn.Linear(256, 64)
        self.embed = nn.Linear(64, 32)
        self.classify = nn.Linear(32, 4)

    def features(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = nn.functional.avg_pool2d(norm(torch.relu(conv(x))), 2)
        x = self.norm_flat(self.norm_pooled(x).flatten(1))
        for dense in (self.dense_1024, self.dense_256, self.dense_64):
            x = torch.relu(dense(x))
        return x

    def forward(self, x):
        x = torch.relu(self.embed(self.features(x)))
        return x, self.classify(x)

    def all_norms(self):
        named = [(f"norms.{at}", norm) for at, norm in enumerate(self.norms)]
        return [*named, ("norm_pooled", self.norm_pooled), ("norm_flat", self.norm_flat)]


def digest(name, tensor):
    """What is compared of a tensor: its norm, its sum, and five of its values."""
    values = tensor.detach().contiguous().flatten().double()
    places = [len(values) * k // 5 for k in range(5)]
    return {
        "name": name,
        "n": len(values),
        "norm": values.norm().item(),
        "sum": values.sum().item(),
        "values": [values[p].item() for p in places],
    }


def summary(filler, loss):
    """Of each gradient."""
    loss.backward()
    return [
        digest(name, parameter.grad.T if transposed else parameter.grad)
        for name, parameter, transposed in filler.params
    ]


def two_steps(net, filler, running, slices, targets):
    """Two steps of Adam with Keras's epsilon: how the parameters moved, and the running statistics as Keras keeps
    them, a hundredth of each batch's mean and of its variance over n (torch divides by n - 1)."""

    def watch(name, norm):
        def look(_, inputs):
            x = inputs[0].transpose(0, 1).flatten(1)
            of_batch = {"running_mean": x.mean(1), "running_var": x.var(1, unbiased=False)}
            for kind, value in of_batch.items():
                kept = running[f"{name}.{kind}"]
                kept.copy_((0.99 * kept + 0.01 * value).detach())

        return norm.register_forward_pre_hook(look)

    hooks = [watch(name, norm) for name, norm in net.all_norms()]
    before = [parameter.detach().clone() for _, parameter, _ in filler.params]
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7)
    for _ in range(2):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(slices)[1], targets).backward()
        optimizer.step()
    for hook in hooks:
        hook.remove()
    moved = [
        digest(name, (parameter - old).T if transposed else parameter - old)
        for (name, parameter, transposed), old in zip(filler.params, before)
    ]
    return {"moved": moved, "running": [digest(name, value) for name, value in running.items()]}


def fill_audio(filler, net):
    for at, conv in enumerate(net.convs):
        filler.conv(f"convs.{at}", conv)
    for name, norm in net.all_norms():
        filler.norm(name, norm)
    for name in ("dense_1024", "dense_256", "dense_64"):
        filler.linear(name, getattr(net, name))


def audio_batch():
    slices = torch.tensor((uniform(1000, 6 * 128 * 128) + 1) / 2, dtype=torch.float32)
    return slices.reshape(6, 1, 128, 128), torch.tensor([0, 1, 2, 3, 1, 2])


def thesis_cnn():
    net, filler = ThesisCnn(), Filler()
    fill_audio(filler, net)
    for name in ("embed", "classify"):
        filler.linear(name, getattr(net, name))
    running = {
        f"{name}.{kind}": getattr(norm, kind).double().clone()
        for name, norm in net.all_norms()
        for kind in ("running_mean", "running_var")
    }
    slices, targets = audio_batch()
    net.eval()
    with torch.no_grad():
        embedding, logits = net(slices)
    golden = {
        "n_parameters": {name: p.numel() for name, p, _ in filler.params},
        "inference": {"embedding": embedding.tolist(), "logits": logits.tolist()},
    }
    # In double precision: in single, rounding decides about the sign of values before a ReLU.
    net.double().train()
    embedding, logits = net(slices.double())
    loss = nn.functional.cross_entropy(logits, targets)
    golden["training"] = {
        "embedding": embedding.tolist(),
        "logits": logits.tolist(),
        "loss": loss.item(),
        "gradients": summary(filler, loss),
    }
    golden["two_steps"] = two_steps(net, filler, running, slices.double(), targets)
    return golden


class TextEncoder(nn.Module):
    """A post-norm transformer encoder as BERT's, from torch's own layers; mean pooling."""

    def __init__(self, vocab, dim, heads, inner, layers, places, features):
        super().__init__()
        self.words, self.positions = nn.Embedding(vocab, dim), nn.Embedding(places, dim)
        self.norm = nn.LayerNorm(dim, eps=1e-12)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                dim, heads, inner, dropout=0.0, activation="gelu", layer_norm_eps=1e-12,
                batch_first=True,
            )
            for _ in range(layers)
        )
        self.projection = nn.Linear(dim, features)
        self.embed, self.classify = nn.Linear(features, 32), nn.Linear(32, 4)

    def hidden(self, ids, padding):
        x = self.norm(self.words(ids) + self.positions(torch.arange(ids.shape[1])))
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=padding)
        return x

    def forward(self, ids, padding):
        x = self.hidden(ids, padding)
        kept = (~padding).float().unsqueeze(2)
        x = torch.relu(self.projection((x * kept).sum(1) / kept.sum(1)))
        x = torch.relu(self.embed(x))
        return x, self.classify(x)


class ThesisJoined(nn.Module):
    """The thesis's joined network: 64 features heard, 512 read from the first token, joined to 32."""

    def __init__(self, audio, text):
        super().__init__()
        self.audio, self.text = audio, text
        self.embed, self.classify = nn.Linear(64 + 512, 32), nn.Linear(32, 4)

    def forward(self, slices, ids, padding, lyrics_of_row):
        read = torch.relu(self.text.projection(self.text.hidden(ids, padding)[:, 0]))
        x = torch.cat([self.audio.features(slices), read[lyrics_of_row]], 1)
        x = torch.relu(self.embed(x))
        return x, self.classify(x)


def fill_attention(filler, name, attention, dim):
    """Segue keeps query, key and value apart; torch stacks them."""
    stacked_weight = torch.empty(3 * dim, dim)
    stacked_bias = torch.empty(3 * dim)
    for at in range(3):
        stacked_weight[at * dim : (at + 1) * dim] = values(filler.number, (dim, dim), "weight").T
        stacked_bias[at * dim : (at + 1) * dim] = values(filler.number + 1, (dim,), "bias")
        filler.number += 2
    with torch.no_grad():
        attention.in_proj_weight.copy_(stacked_weight)
        attention.in_proj_bias.copy_(stacked_bias)
    filler.linear(f"{name}.output", attention.out_proj)


TEXT = {"vocab": 90, "dim": 16, "heads": 4, "inner": 24, "layers": 2, "places": 20}


def fill_text(filler, net):
    filler.table("words", net.words)
    filler.table("positions", net.positions)
    filler.norm("norm", net.norm, running=False)
    for at, layer in enumerate(net.layers):
        fill_attention(filler, f"layers.{at}.attention", layer.self_attn, TEXT["dim"])
        filler.norm(f"layers.{at}.attention_norm", layer.norm1, running=False)
        filler.linear(f"layers.{at}.widen", layer.linear1)
        filler.linear(f"layers.{at}.narrow", layer.linear2)
        filler.norm(f"layers.{at}.output_norm", layer.norm2, running=False)
    filler.linear("projection", net.projection)


def lyrics():
    lengths = [9, 5, 12]
    ids = torch.zeros(3, 12, dtype=torch.long)
    for row, n in enumerate(lengths):
        ids[row, :n] = torch.arange(n) * 7 % 85 + 5 - row
    padding = torch.arange(12).unsqueeze(0) >= torch.tensor(lengths).unsqueeze(1)
    return ids, padding, [ids[row, :n].tolist() for row, n in enumerate(lengths)]


def thesis_joined():
    net, filler = ThesisJoined(ThesisCnn(), TextEncoder(features=512, **TEXT)), Filler()
    fill_audio(filler, net.audio)
    fill_text(filler, net.text)
    for name in ("embed", "classify"):
        filler.linear(name, getattr(net, name))
    slices, targets = audio_batch()
    ids, padding, plain_ids = lyrics()
    net.double().train()
    embedding, logits = net(slices.double(), ids, padding, torch.tensor([0, 0, 1, 1, 2, 2]))
    # Keras's `kernel_regularizer=l2(0.01)` of the last layer.
    loss = nn.functional.cross_entropy(logits, targets) + 0.01 * net.classify.weight.square().sum()
    return {
        "ids": plain_ids,
        "training": {
            "embedding": embedding.tolist(),
            "logits": logits.tolist(),
            "loss": loss.item(),
            "gradients": summary(filler, loss),
        },
    }


def text_encoder():
    net, filler = TextEncoder(features=12, **TEXT), Filler()
    fill_text(filler, net)
    for name in ("embed", "classify"):
        filler.linear(name, getattr(net, name))
    ids, padding, plain_ids = lyrics()
    embedding, logits = net(ids, padding)
    loss = nn.functional.cross_entropy(logits, torch.tensor([2, 0, 3]))
    return {
        "ids": plain_ids,
        "training": {
            "embedding": embedding.tolist(),
            "logits": logits.tolist(),
            "loss": loss.item(),
            "gradients": summary(filler, loss),
        },
    }


for make in (thesis_cnn, thesis_joined, text_encoder):
    with open(f"{make.__name__}.json", "w") as file:
        json.dump({"torch": torch.__version__.split("+")[0], **make()}, file, indent=1)
        file.write("\n")
