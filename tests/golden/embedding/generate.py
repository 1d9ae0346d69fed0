"""Embedding tables as Python reads and writes them: python generate.py

Made with Python 3.11, numpy 2.4.6 and safetensors 0.8.0. Writes python.safetensors, which
shared/src/embedding/file.rs reads in a test, and checks that segue.safetensors, which the same test
writes byte for byte, reads here as what it is.
"""

import json
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

HERE = Path(__file__).parent


def write():
    # Rows out of order, half precision, a further tensor and further metadata.
    tensors = {
        "embeddings": np.array([[2.0, 3.0], [0.5, -1.0], [0.0, 0.0]], dtype=np.float16),
        "further": np.arange(3, dtype=np.int32),
    }
    metadata = {"track_ids": json.dumps(["b", "a", "c"]), "name": "audio", "made_by": "numpy"}
    save_file(tensors, HERE / "python.safetensors", metadata=metadata)


def check():
    with safe_open(HERE / "segue.safetensors", framework="numpy") as file:
        metadata = file.metadata()
        assert metadata["format"] == "segue-embeddings/1", metadata
        assert metadata["name"] == "audio" and metadata["seed"] == "7", metadata
        assert json.loads(metadata["track_ids"]) == ["a", "b"], metadata
        vectors = file.get_tensor("embeddings")
        assert vectors.dtype == np.float16
        np.testing.assert_array_equal(vectors, [[0.5, 1.0], [2.0, 3.0]])
        offsets = file.get_tensor("slice_offsets")
        assert offsets.dtype == np.int64
        np.testing.assert_array_equal(offsets, [0, 1, 3])
        slices = file.get_tensor("slice_embeddings")
        np.testing.assert_array_equal(slices, [[0.5, 1.0], [1.0, 2.0], [3.0, 4.0]])


write()
check()
