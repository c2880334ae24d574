"""What ONNX, ONNX Runtime and the safetensors package make of exported networks.

    exchange.py tensors write FOLDER   writes theirs.safetensors and prints what it holds
    exchange.py tensors read FILE      prints what a file holds, and whether writing it again gives the same bytes
    exchange.py run FOLDER NAME…       prints, of each NAME, how far ONNX Runtime is from the outputs that stand beside it
    exchange.py check FOLDER           the same of a run's windows, as a table; fails where the networks disagree

A FOLDER of `run` holds NAME.windows.safetensors (`windows`, `float32.logits`, `int8.scores`), NAME.float.onnx and
NAME.int8.onnx. One of `check` holds windows.safetensors as `martlet export --format windows` writes it, float.onnx,
float.raw.onnx, int8.onnx and int8.SUBJECT.onnx.
"""

import json
import pathlib
import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save

FLOAT_LIMIT = 1e-4
AGREEMENT_LIMIT = 0.995


def loaded(path):
    """A session as users get it, and one without any of the runtime's rewriting."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    sessions = []
    for level in ["ORT_ENABLE_ALL", "ORT_DISABLE_ALL"]:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        options.log_severity_level = 3
        sessions.append(onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))
    return model, sessions


def logits(session, windows):
    port = session.get_inputs()[0].name
    return numpy.concatenate([session.run(None, {port: windows[k : k + 256]})[0] for k in range(0, len(windows), 256)])


def softmax(values):
    powers = numpy.exp(values - values.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def run(folder, names):
    for name in names:
        tensors = load_file(folder / f"{name}.windows.safetensors")
        result = {"name": name}
        model, sessions = loaded(folder / f"{name}.float.onnx")
        result["operations"] = sorted({node.op_type for node in model.graph.node})
        result["float"] = max(
            float(numpy.abs(logits(session, tensors["windows"]) - tensors["float32.logits"]).max())
            for session in sessions
        )
        _, sessions = loaded(folder / f"{name}.int8.onnx")
        theirs = [softmax(logits(session, tensors["windows"])) for session in sessions]
        ours = tensors["int8.scores"]
        result["scores"] = max(float(numpy.abs(scores - ours).max()) for scores in theirs)
        result["meanScores"] = max(float(numpy.abs(scores - ours).mean()) for scores in theirs)
        result["agreement"] = min(float((scores.argmax(1) == ours.argmax(1)).mean()) for scores in theirs)
        print(json.dumps(result))


def check(folder):
    tensors = load_file(folder / "windows.safetensors")
    with safe_open(folder / "windows.safetensors", "numpy") as file:
        metadata = file.metadata()
    mean, deviation = (numpy.array(json.loads(metadata[f"martlet.{key}"])) for key in ["mean", "deviation"])
    subjects = json.loads(metadata["martlet.subjects"])
    chosen = tensors["held_out"] == 1
    windows = tensors["windows"][chosen]
    raw = (windows * deviation[:, None] + mean[:, None]).astype(numpy.float32) if len(mean) else windows
    own = tensors["subjects"][chosen]
    worst = 0.0
    failed = False

    def row(what, count, ours, theirs):
        nonlocal failed
        agreement = float((ours == theirs).mean())
        failed |= agreement < AGREEMENT_LIMIT
        print(f"  {what:<44} {count:>6} windows   equal {100 * agreement:8.3f} %")

    for name, fed in [("float", windows), ("float.raw", raw)]:
        _, sessions = loaded(folder / f"{name}.onnx")
        for label, session in zip(["", ", unoptimised"], sessions):
            distance = float(numpy.abs(logits(session, fed) - tensors["float32.logits"][chosen]).max())
            failed |= distance > FLOAT_LIMIT
            print(f"  {name + label:<44} {len(fed):>6} windows   logits within {distance:.2e}")
    models = [("int8", windows, tensors["int8.predictions"][chosen])]
    adapted = tensors["adapted.predictions"][chosen]
    for number, subject in enumerate(subjects):
        path = folder / f"int8.{subject}.onnx"
        if path.exists():
            models.append((f"int8.{subject}", windows[own == number], adapted[own == number]))
    for name, fed, ours in models:
        _, sessions = loaded(folder / f"{name}.onnx")
        for label, session in zip(["", ", unoptimised"], sessions):
            row(name + label, len(fed), ours, logits(session, fed).argmax(1))
    return failed


def described(path):
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    values = {
        name: {
            "dtype": str(tensor.dtype), "shape": list(tensor.shape),
            "values": [float(value) for value in tensor.astype(numpy.float64).ravel()],
        }
        for name, tensor in tensors.items()
    }
    return {"metadata": metadata or {}, "tensors": values, "same": save(tensors, metadata) == pathlib.Path(path).read_bytes()}


def write_tensors(folder):
    import ml_dtypes  # bfloat16 for numpy; comes with onnx

    generator = numpy.random.default_rng(3)
    tensors = {
        "layer.weight": generator.normal(size=(4, 3, 5)).astype(numpy.float32),
        "half": numpy.array([0, -0.0, 1, -2, 6.1e-5, 5.96e-8, 65504, numpy.inf], dtype=numpy.float16),
        "double": generator.normal(size=(7,)),
        "brain": generator.normal(size=(2, 3)).astype(ml_dtypes.bfloat16),
        "small": numpy.arange(-128, 128, dtype=numpy.int8).reshape(2, 128),
        "int": numpy.array([-(2**31), 0, 2**31 - 1], dtype=numpy.int32),
        "num_batches_tracked": numpy.array(12, dtype=numpy.int64),
        "empty": numpy.zeros((0, 3), dtype=numpy.float32),
        "n\u00e4me \"quoted\" \\ \u6587": numpy.array([1.5], dtype=numpy.float32),
    }
    path = folder / "theirs.safetensors"
    path.write_bytes(save(tensors, {"format": "np", "note": "a \"text\"\nof two lines \u00fc"}))
    print(json.dumps(described(path)))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "tensors":
        if arguments[0] == "write":
            write_tensors(pathlib.Path(arguments[1]))
        else:
            print(json.dumps(described(arguments[1])))
    elif command == "run":
        run(pathlib.Path(arguments[0]), arguments[1:])
    else:
        sys.exit(1 if check(pathlib.Path(arguments[0])) else 0)
