"""Segue's networks in PyTorch, without dropout where `dropout` is 0. Made for torch 2.15."""

import torch
from torch import nn

N_GENRES, N_MELS, N_FRAMES = 4, 128, 128
# Lyrics as `segue parity` makes them up: as many words, and tokens a lyric; and the words of DistilBERT.
VOCAB_SIZE, N_TOKENS = 200, 24
THESIS_VOCAB_SIZE = 30522


class Compact(nn.Module):
    """The audio network `compact`, up to its 64 features."""

    def __init__(self, dropout=0.3):
        super().__init__()
        channels = [1, 24, 48, 96, 128]
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        for depth, (n_in, n_out) in enumerate(zip(channels, channels[1:])):
            kernel, stride = (7, 4) if depth == 0 else (3, 2)
            self.convs.append(nn.Conv2d(n_in, n_out, kernel, stride, bias=False))
            self.norms.append(nn.BatchNorm2d(n_out))
        self.dropout, self.dense = nn.Dropout(dropout), nn.Linear(256, 64)

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = torch.relu(norm(conv(x)))
        x = x.flatten(2)
        return torch.relu(self.dense(self.dropout(torch.cat([x.mean(2), x.amax(2)], 1))))


def thesis_features(dropout=(0.6, 0.5, 0.25)):
    """The audio network of the thesis, up to its 64 features; Keras's BatchNorm constants."""

    def norm(layer, n):
        return layer(n, eps=1e-3, momentum=0.01)

    layers = []
    for n_in, n_out, kernel, stride in [(1, 64, 7, 1), (64, 128, 7, 2), (128, 256, 3, 1), (256, 512, 3, 1)]:
        layers += [nn.Conv2d(n_in, n_out, kernel, stride), nn.ReLU(), norm(nn.BatchNorm2d, n_out), nn.AvgPool2d(2)]
    layers += [norm(nn.BatchNorm2d, 512), nn.Flatten(), norm(nn.BatchNorm1d, 2048), nn.Dropout(dropout[0])]
    for (n_in, n_out), share in zip([(2048, 1024), (1024, 256), (256, 64)], [*dropout[1:], 0]):
        layers += [nn.Linear(n_in, n_out), nn.ReLU(), nn.Dropout(share)]
    return nn.Sequential(*layers)


class SmallReader(nn.Module):
    """The small text encoder: two post-norm layers as BERT's, the mean of the tokens, 64 features."""

    def __init__(self, dropout=0.1):
        super().__init__()
        dim = 64
        self.words, self.positions = nn.Embedding(VOCAB_SIZE, dim), nn.Embedding(256, dim)
        self.norm, self.dropout = nn.LayerNorm(dim, eps=1e-12), nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, 4, 128, dropout, "gelu", layer_norm_eps=1e-12, batch_first=True)
            for _ in range(2)
        )
        self.projection = nn.Linear(dim, 64)

    def forward(self, ids, padding):
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.dropout(self.norm(self.words(ids) + self.positions(places)))
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=padding)
        kept = (~padding).to(x.dtype).unsqueeze(2)
        return torch.relu(self.projection((x * kept).sum(1) / kept.sum(1)))


class ThesisReader(nn.Module):
    """The text encoder of the thesis: DistilBERT, its first token, 512 features. Needs transformers."""

    def __init__(self, dropout=0.1):
        super().__init__()
        from transformers import DistilBertConfig, DistilBertModel

        config = DistilBertConfig(vocab_size=THESIS_VOCAB_SIZE, dropout=dropout, attention_dropout=dropout)
        self.encoder, self.projection = DistilBertModel(config), nn.Linear(768, 512)

    def forward(self, ids, padding):
        read = self.encoder(input_ids=ids, attention_mask=(~padding).long()).last_hidden_state
        return torch.relu(self.projection(read[:, 0]))


class Network(nn.Module):
    """One of Segue's networks: `compact`, `thesis`, `lyrics`, `multimodal`, `thesis-multimodal`."""

    def __init__(self, name, dropout=True):
        super().__init__()
        hears, reads = name != "lyrics", name in ("lyrics", "multimodal", "thesis-multimodal")
        if name.startswith("thesis"):
            self.audio = thesis_features() if dropout else thesis_features((0, 0, 0))
        else:
            self.audio = Compact(0.3 * dropout) if hears else None
        reader = ThesisReader if name == "thesis-multimodal" else SmallReader
        self.text = reader(0.1 * dropout) if reads else None
        n_read = (512 if reader is ThesisReader else 64) if reads else 0
        self.embed = nn.Linear(64 * hears + n_read, 32)
        self.head = nn.Sequential(nn.ReLU(), nn.Dropout(0.3 * dropout * reads), nn.Linear(32, N_GENRES))

    def forward(self, slices, ids, padding):
        parts = []
        if self.audio is not None:
            parts.append(self.audio(slices))
        if self.text is not None:
            read = self.text(ids, padding)
            # Two slices of each song.
            parts.append(read if self.audio is None else read.repeat_interleave(2, 0)[: len(slices)])
        return self.head(self.embed(torch.cat(parts, 1)))


def batch(name, batch_size, device="cpu", n_tokens=N_TOKENS):
    """Slices of noise, and lyrics of which each belongs to two of them; the genres that are wanted."""
    n_songs = (batch_size + 1) // 2
    slices = torch.rand(batch_size, 1, N_MELS, N_FRAMES, device=device)
    vocab_size = THESIS_VOCAB_SIZE if name == "thesis-multimodal" else VOCAB_SIZE
    ids = torch.randint(vocab_size, (n_songs, n_tokens), device=device)
    lengths = n_tokens - torch.arange(n_songs, device=device) % 5
    padding = torch.arange(n_tokens, device=device).unsqueeze(0) >= lengths.unsqueeze(1)
    targets = torch.arange(n_songs if name == "lyrics" else batch_size, device=device) % N_GENRES
    return (slices, ids, padding), targets


def loss(network, inputs, targets, half=False):
    """Cross entropy of the genres, in f32; with `half` the products of the network are in bf16 (autocast)."""
    with torch.autocast(targets.device.type, dtype=torch.bfloat16, enabled=half):
        logits = network(*inputs)
    return nn.functional.cross_entropy(logits.float(), targets)
