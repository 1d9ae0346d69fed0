"""Small BERTs of random weights, what they make of lyrics, and how Hugging Face cuts 1,000 texts.

Run `python generate.py` in this folder; it writes `distilbert/`, `bert/`, `hidden_states.json` and
`tokens.json`. Made with Python 3.11 and the versions that `hidden_states.json` names (CPU).

`distilbert/` stands for a model with a head for masked words, a prefix before its names, and a
`vocab.txt`; `bert/` for one with a pooler and heads, and a `tokenizer.json` that says to cut and fill up.
"""

import json
import pathlib
import random
import string

import tokenizers
import torch
import transformers
from transformers import BertConfig, BertForPreTraining, DistilBertConfig, DistilBertForMaskedLM

torch.manual_seed(7)
torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = "love rain night road baby heart dance truck river fire gone home cafe naive manana".split()
PIECES = "##ing ##in ##est ##ed ##ly ##er ##ain ##ight".split()
LETTERS = string.ascii_lowercase + string.digits + "!,.'-?&é雨愛ß"


def vocabulary():
    inside = ["##" + letter for letter in LETTERS if letter.isalnum()]
    return SPECIAL + list(LETTERS) + ["A", "L", "##O", "É"] + inside + WORDS + PIECES


def texts(n):
    """Lyric-like lines with what tokenizers stumble over."""
    draw = random.Random(11)
    odd = ["é", "e\u0301", "ñ", "ß", "İ", "ﬁ", "雨", "愛してる", "😀", "👩‍👩‍👧", "❤️", "한국", "\u200b", "\ufeff",
           "\u00ad", "\x00", "\x07", "\ufffd", "…", "—", "’", "“", "$", "+", "~", "١٢", "x" * 101, "[MASK]", "[sep]"]
    spaces = [" ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2003", "\u2028", ""]
    words = WORDS + ["café", "Mañana", "NAÏVE", "don't", "runnin'", "Oh-oh", "lovers", "L'été", "ÀÉÎ", "straße", "24/7"]

    def word():
        choice = draw.choice(odd) if draw.random() < 0.15 else draw.choice(words)
        return draw.choice([choice, choice, choice.upper(), choice.title(), choice + draw.choice(",.!?")])

    lines = ["", " ", "\n\t"]
    while len(lines) < n:
        lines.append("".join(word() + draw.choice(spaces) for _ in range(draw.randint(1, 9))))
    return lines


def reference(letters):
    """Hugging Face's tokenizer of a `vocab.txt`: `BertTokenizerFast`."""
    vocab = {piece: number for number, piece in enumerate(vocabulary())}
    try:
        return transformers.BertTokenizerFast(vocab=vocab, **letters)
    except TypeError:  # before transformers 5
        return transformers.BertTokenizerFast(str(HERE / "distilbert" / "vocab.txt"), **letters)


def perturb(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(0.0, 0.2)
            if "norm" in name.lower() and name.endswith("weight"):
                parameter.add_(1.0)
    return model.eval()


def states(model, ids):
    padded = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.long)
    mask = torch.zeros_like(padded)
    for row, one in enumerate(ids):
        padded[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
    with torch.no_grad():
        said = model(input_ids=padded, attention_mask=mask, output_hidden_states=True)
    return [[round(v, 7) for v in state.flatten().tolist()] for state in said.hidden_states]


def main():
    n_vocab = len(vocabulary())
    distilbert = DistilBertForMaskedLM(
        DistilBertConfig(
            vocab_size=n_vocab, dim=32, n_layers=3, n_heads=4, hidden_dim=48, max_position_embeddings=40
        )
    )
    bert = BertForPreTraining(
        BertConfig(
            vocab_size=n_vocab, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=40, max_position_embeddings=40, layer_norm_eps=1e-3,
        )
    )
    ids = [[2, *range(5, 15), 3], [2, 60, 61, 7, 3], [2, *range(20, 37), 3]]
    golden = {
        "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
        "ids": ids,
    }
    for name, model in (("distilbert", distilbert), ("bert", bert)):
        perturb(model).save_pretrained(HERE / name)
        golden[name] = states(getattr(model, name), ids)
    for extra in HERE.glob("*/generation_config.json"):
        extra.unlink()
    (HERE / "distilbert" / "vocab.txt").write_text("\n".join(vocabulary()) + "\n")
    (HERE / "distilbert" / "tokenizer_config.json").write_text('{"do_lower_case": true}\n')
    (HERE / "hidden_states.json").write_text(json.dumps(golden) + "\n")

    lines = texts(1000)
    uncased = reference({"do_lower_case": True})
    cased = reference({"do_lower_case": False, "strip_accents": True})
    fast = uncased.backend_tokenizer
    cut = {
        "tokenizers": tokenizers.__version__,
        "transformers": transformers.__version__,
        "texts": lines,
        "uncased": [uncased(line)["input_ids"] for line in lines],
        "cased_without_accents": [cased(line)["input_ids"] for line in lines[:200]],
    }
    (HERE / "tokens.json").write_text(json.dumps(cut, ensure_ascii=False, separators=(",", ":")) + "\n")
    fast.enable_truncation(12)
    fast.enable_padding(length=12)
    (HERE / "bert" / "tokenizer.json").write_text(fast.to_str() + "\n")


main()
