"""The networks `compact` and `thesis` as ONNX models, node by node, with the weights of a run.

usage: onnx_model.py model.safetensors model.onnx      (onnx 1.20, safetensors 0.8)

Input `slices` [n, 1, n_mels, n_frames], outputs `embedding` and `logits` [n, n_genres]. Batch norms right after a
convolution (`compact`) are folded into it, as whoever makes a model for the web does; those after a rectifier (`thesis`) are
left to the runtime.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

EPSILON = {"compact": 1e-5, "thesis": 1e-3}  # of the batch norms

# onnxruntime-web's WebGPU wants the usual said.
WHOLE = {"dilations": [1, 1], "group": 1, "pads": [0, 0, 0, 0]}

weights = load_file(sys.argv[1])
nodes, constants = [], []


def constant(name, values):
    constants.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
    return name


def node(kind, inputs, output, **attributes):
    nodes.append(helper.make_node(kind, inputs, [output], **attributes))
    return output


def dense(x, name, output):
    inputs = [x, constant(f"{output}_weight", weights[f"{name}.weight"]), constant(f"{output}_bias", weights[f"{name}.bias"])]
    return node("Gemm", inputs, output)


def depths(network):
    """The numbers of its convolutions."""
    depth = 0
    while f"audio.{network}.convs.{depth}.weight" in weights:
        yield depth
        depth += 1


def normalised(x, name, output):
    keys = ("gamma", "beta", "running_mean", "running_var")
    values = [constant(f"{output}_{key}", weights[f"{name}.{key}"]) for key in keys]
    return node("BatchNormalization", [x, *values], output, epsilon=EPSILON["thesis"])


def compact(x):
    for depth in depths("Compact"):
        kernel = weights[f"audio.Compact.convs.{depth}.weight"]
        keys = ("gamma", "beta", "running_mean", "running_var")
        norm = {key: weights[f"audio.Compact.norms.{depth}.{key}"] for key in keys}
        scale = norm["gamma"] / np.sqrt(norm["running_var"] + EPSILON["compact"])
        kernel = constant(f"kernel{depth}", kernel * scale[:, None, None, None])
        bias = constant(f"bias{depth}", norm["beta"] - norm["running_mean"] * scale)
        stride = 4 if depth == 0 else 2
        x = node("Conv", [x, kernel, bias], f"conv{depth}", strides=[stride, stride], **WHOLE)
        x = node("Relu", [x], f"relu{depth}")
    mean = node("Flatten", [node("GlobalAveragePool", [x], "mean")], "flat_mean")
    most = node("Flatten", [node("GlobalMaxPool", [x], "most")], "flat_most")
    x = node("Concat", [mean, most], "features", axis=1)
    return node("Relu", [dense(x, "audio.Compact.dense", "dense")], "dense_relu")


def thesis(x):
    for depth in depths("Thesis"):
        kernel, bias = (constant(f"{key}{depth}", weights[f"audio.Thesis.convs.{depth}.{key}"]) for key in ("weight", "bias"))
        stride = 2 if depth == 1 else 1
        x = node("Relu", [node("Conv", [x, kernel, bias], f"conv{depth}", strides=[stride, stride], **WHOLE)], f"relu{depth}")
        x = normalised(x, f"audio.Thesis.norms.{depth}", f"norm{depth}")
        x = node("AveragePool", [x], f"pool{depth}", kernel_shape=[2, 2], strides=[2, 2])
    x = node("Flatten", [normalised(x, "audio.Thesis.norm_pooled", "norm_pooled")], "flat")
    x = normalised(x, "audio.Thesis.norm_flat", "norm_flat")
    for size in (1024, 256, 64):
        x = node("Relu", [dense(x, f"audio.Thesis.dense_{size}", f"dense{size}")], f"dense{size}_relu")
    return x


name = "thesis" if any(key.startswith("audio.Thesis.") for key in weights) else "compact"
x = {"compact": compact, "thesis": thesis}[name]("slices")
x = node("Relu", [dense(x, "head.embed", "embed")], "embedding")
dense(x, "head.classify", "logits")

value = helper.make_tensor_value_info
graph = helper.make_graph(
    nodes,
    name,
    [value("slices", TensorProto.FLOAT, ["n", 1, 128, 128])],
    [value("embedding", TensorProto.FLOAT, ["n", None]), value("logits", TensorProto.FLOAT, ["n", None])],
    constants,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnx.checker.check_model(model)
onnx.save(model, sys.argv[2])
