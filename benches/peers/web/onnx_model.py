"""The network `compact` as an ONNX model, node by node, with the weights of a run.

usage: onnx_model.py model.safetensors model.onnx      (onnx 1.20, safetensors 0.8)

Input `slices` [n, 1, n_mels, n_frames], outputs `embedding` [n, 32] and `logits` [n, n_genres]. Batch norms
are folded into the convolutions, as whoever makes a model for the web does.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

EPSILON = 1e-5  # of the batch norms

weights = load_file(sys.argv[1])
nodes, constants = [], []


def constant(name, values):
    constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
    return name


def node(kind, inputs, output, **attributes):
    nodes.append(helper.make_node(kind, inputs, [output], **attributes))
    return output


x = "slices"
depth = 0
while f"audio.Compact.convs.{depth}.weight" in weights:
    kernel = weights[f"audio.Compact.convs.{depth}.weight"]
    norm = {key: weights[f"audio.Compact.norms.{depth}.{key}"] for key in ("gamma", "beta", "running_mean", "running_var")}
    scale = norm["gamma"] / np.sqrt(norm["running_var"] + EPSILON)
    kernel = constant(f"kernel{depth}", kernel * scale[:, None, None, None])
    bias = constant(f"bias{depth}", norm["beta"] - norm["running_mean"] * scale)
    stride = 4 if depth == 0 else 2
    x = node("Conv", [x, kernel, bias], f"conv{depth}", strides=[stride, stride], dilations=[1, 1], group=1, pads=[0, 0, 0, 0])
    x = node("Relu", [x], f"relu{depth}")
    depth += 1

mean = node("Flatten", [node("GlobalAveragePool", [x], "mean")], "flat_mean")
most = node("Flatten", [node("GlobalMaxPool", [x], "most")], "flat_most")
x = node("Concat", [mean, most], "features", axis=1)


def dense(x, name, output):
    inputs = [x, constant(f"{output}_weight", weights[f"{name}.weight"]), constant(f"{output}_bias", weights[f"{name}.bias"])]
    return node("Gemm", inputs, output)


x = node("Relu", [dense(x, "audio.Compact.dense", "dense")], "dense_relu")
x = node("Relu", [dense(x, "head.embed", "embed")], "embedding")
dense(x, "head.classify", "logits")

value = helper.make_tensor_value_info
graph = helper.make_graph(
    nodes,
    "compact",
    [value("slices", TensorProto.FLOAT, ["n", 1, 128, 128])],
    [value("embedding", TensorProto.FLOAT, ["n", None]), value("logits", TensorProto.FLOAT, ["n", None])],
    constants,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.checker.check_model(model)
onnx.save(model, sys.argv[2])
