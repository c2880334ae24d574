"""Gradients of quantized networks by PyTorch's autograd, on the same integer graph as Martlet's engine.

    pip install torch numpy
    MARTLET_FIXTURES=Tests/TrainingTests/Fixtures/torch swift test --filter writeTorchInputs
    python3 Scripts/Reference/torch_gradients.py Tests/TrainingTests/Fixtures/torch/*.json

Each file holds a network, some windows and a label for each; the script adds what PyTorch computes.

Everything is float64 and every integer is exact in it. Activations are held as integers less their zero
point. What flows backward is the gradient with respect to the *real* activation, so that

* rounding is straight through, and a clamp stops the gradient of what lay outside its limits;
* a layer multiplies the gradient of its output by its weight scales, channel by channel, and quantizes it to
  integers of -127...127, the largest magnitude over 127 being their scale, rounded half up;
* a residual join quantizes what it passes on in the same way, except to a layer that nothing else reads;
* of several layers and pools that read one activation, all but the last are quantized before they are added.

Everything else - the sums of the convolutions, their gradients, and the addition of gradients where one
activation has several readers - is PyTorch's own. A window is skipped if any value stands so close to a
rounding tie that the engine's 31-bit scales could decide otherwise.
"""

import json
import sys

import numpy
import torch
import torch.nn.functional as functional

# In units of an error's integers: gradients that meet are aligned to 2^-24 of a bound, which lies up to some
# hundred times above the largest of them, and an error's integers are up to 127 times as fine as that largest.
TIE = 1e-3
WINDOWS = 2


class Tie(Exception):
    """A value that float64 and 31-bit scales might round differently."""


def multiplier(factor):
    """The nearest factor of 31 significant bits, as integer mantissa and power of two."""
    significand, exponent = numpy.frexp(factor)
    return float(numpy.round(significand * 2.0**31)), 31 - int(exponent)


def half_up(values):
    return torch.floor(values + 0.5)


def requantized(sums, factors):
    """`round(sums * factor)`, exact: every product fits the 53 bits of a double."""
    mantissas = torch.tensor([m for m, _ in factors], dtype=torch.float64).reshape(1, -1, 1)
    powers = torch.tensor([2.0**s for _, s in factors], dtype=torch.float64).reshape(1, -1, 1)
    products = sums * mantissas
    assert products.abs().max() < 2.0**52
    return half_up(products / powers)


def quantized_error(values):
    """Int8 errors with the largest magnitude over 127 as their scale."""
    largest = values.abs().max()
    if largest == 0:
        return values, 0.0
    exact = values / largest * 127
    distance = (exact - torch.floor(exact) - 0.5).abs().min()
    if distance < TIE:
        raise Tie()
    return half_up(exact), float(largest) / 127


class Requantize(torch.autograd.Function):
    """Integer sums to a centred int8 output; backward, the layer's int8 error."""

    @staticmethod
    def forward(ctx, sums, factors, output, scales, record):
        rounded = requantized(sums, factors)
        value = rounded + output["zeroPoint"]
        ctx.passing = (value >= output["low"]) & (value <= output["high"])
        ctx.scales, ctx.record = scales, record
        return value.clamp(output["low"], output["high"]) - output["zeroPoint"]

    @staticmethod
    def backward(ctx, gradient):
        error, scale = quantized_error(gradient * ctx.passing * ctx.scales)
        ctx.record["error"], ctx.record["scale"] = error, scale
        return error * scale, None, None, None, None


class Logits(torch.autograd.Function):
    """Integer sums to real logits, in steps of 2^-20; backward, the last layer's int8 error."""

    @staticmethod
    def forward(ctx, sums, factors, scales, record):
        ctx.scales, ctx.record = scales, record
        return requantized(sums, factors) / 2.0**20

    @staticmethod
    def backward(ctx, gradient):
        error, scale = quantized_error(gradient * ctx.scales)
        ctx.record["error"], ctx.record["scale"] = error, scale
        return error * scale, None, None, None


class Add(torch.autograd.Function):
    @staticmethod
    def forward(ctx, left, right, left_factor, right_factor, shift, output):
        products = left * left_factor + right * right_factor
        assert products.abs().max() < 2.0**52
        value = half_up(products / 2.0**shift) + output["zeroPoint"]
        ctx.passing = (value >= output["low"]) & (value <= output["high"])
        return value.clamp(output["low"], output["high"]) - output["zeroPoint"]

    @staticmethod
    def backward(ctx, gradient):
        passed = gradient * ctx.passing
        return passed, passed, None, None, None, None


class QuantizeGradient(torch.autograd.Function):
    """Nothing forward; backward, the int8 gradient that a join passes on."""

    @staticmethod
    def forward(ctx, values):
        return values.clone()

    @staticmethod
    def backward(ctx, gradient):
        error, scale = quantized_error(gradient)
        return error * scale


class Mean(torch.autograd.Function):
    """Sums over windows to rounded means; backward, the plain mean's gradient."""

    @staticmethod
    def forward(ctx, sums, kernel):
        ctx.kernel = kernel
        return requantized(sums, [multiplier(1 / kernel)] * sums.shape[1])

    @staticmethod
    def backward(ctx, gradient):
        return gradient / ctx.kernel, None


def frame_major(tensor):
    return [int(v) for v in torch.round(tensor[0].T.reshape(-1)).tolist()]


def integers(gradient, scale):
    """A gradient in units of its error's scale: integer sums, exactly."""
    if scale == 0:
        return [0] * gradient.numel()
    values = gradient.reshape(-1) / scale
    rounded = torch.round(values)
    assert (values - rounded).abs().max() < 1e-4
    return [int(v) for v in rounded.tolist()]


def run(nodes, window, label):
    shape = nodes[0]["length"], nodes[0]["channels"]
    readers = [sum(n["inputs"].count(i) for n in nodes) for i in range(len(nodes))]
    sliding = {i: [r for r, n in enumerate(nodes) if i in n["inputs"] and n["operation"] != "add"]
               for i in range(len(nodes))}
    values, records, parameters = [], {}, {}
    for index, node in enumerate(nodes):
        kind = node["operation"]
        inputs = [values[i] for i in node["inputs"]]
        if kind not in ("input", "add") and index != sliding[node["inputs"][0]][-1]:
            inputs = [QuantizeGradient.apply(inputs[0])]
        if kind == "input":
            real = torch.tensor(window, dtype=torch.float64).reshape(shape).T.unsqueeze(0)
            values.append((real - node["zeroPoint"]).requires_grad_())
            continue
        kernel, stride, padding = node["kernel"], node["stride"], node["padding"]
        if kind in ("convolution", "depthwiseConvolution", "dense"):
            record = records[node["name"]] = {}
            # A view of its own, so that what this layer alone sends back can be seen.
            x = inputs[0].clone()
            x.register_hook(lambda gradient, record=record: record.__setitem__("input", gradient))
            channels = node["channels"]
            depthwise = kind == "depthwiseConvolution"
            weights = torch.tensor(node["weights"], dtype=torch.float64, requires_grad=True)
            bias = torch.tensor(node["bias"], dtype=torch.float64, requires_grad=True)
            parameters[node["name"]] = (weights, bias)
            if depthwise:
                arranged = weights.reshape(kernel, channels).T.unsqueeze(1)
            else:
                arranged = weights.reshape(channels, kernel, -1).transpose(1, 2)
            sums = functional.conv1d(
                x, arranged, bias, stride=stride, padding=padding, groups=channels if depthwise else 1)
            scales = torch.tensor(node["weightScales"], dtype=torch.float64).reshape(1, -1, 1)
            input_scale = nodes[node["inputs"][0]]["scale"]
            if index == len(nodes) - 1:
                factors = [multiplier(input_scale * s / 2.0**-20) for s in node["weightScales"]]
                values.append(Logits.apply(sums, factors, scales, record))
            else:
                factors = [multiplier(input_scale * s / node["scale"]) for s in node["weightScales"]]
                values.append(Requantize.apply(sums, factors, node, scales, record))
        elif kind == "add":
            ratios = [nodes[i]["scale"] / node["scale"] for i in node["inputs"]]
            shift = 30 - int(numpy.frexp(max(ratios))[1])
            left, right = (float(numpy.round(r * 2.0**shift)) for r in ratios)
            passed = [
                v if readers[i] == 1 and "weights" in nodes[i] and nodes[i]["weights"] else QuantizeGradient.apply(v)
                for i, v in zip(node["inputs"], inputs)
            ]
            values.append(Add.apply(passed[0], passed[1], left, right, shift, node))
        else:
            windows = inputs[0].unfold(2, kernel, stride)
            if kind == "maxPool":
                # The first of equals, which PyTorch's own pooling does not promise.
                winners = torch.tensor(numpy.argmax(windows.detach().numpy(), axis=3))
                values.append(torch.gather(windows, 3, winners.unsqueeze(3)).squeeze(3))
            else:
                values.append(Mean.apply(windows.sum(3), kernel))
    logits = values[-1].reshape(1, -1)
    loss = functional.cross_entropy(logits, torch.tensor([label]))
    loss.backward()
    result = {"loss": float(loss.detach()), "activations": [], "layers": {}}
    for node, value in zip(nodes[:-1], values):
        result["activations"].append(frame_major(value.detach() + node["zeroPoint"]))
    result["logits"] = [int(v) for v in torch.round(logits.detach()[0] * 2.0**20).tolist()]
    for name, (weights, bias) in parameters.items():
        record = records[name]
        scale = record["scale"]
        result["layers"][name] = {
            "error": frame_major(record["error"]),
            "errorScale": scale,
            "inputSums": integers(record["input"][0].T, scale),
            "weightSums": integers(weights.grad, scale),
            "biasSums": integers(bias.grad, scale),
        }
    return result


def main(paths):
    for path in paths:
        with open(path) as file:
            fixture = json.load(file)
        cases, skipped = [], 0
        for case in fixture["cases"]:
            if len(cases) == WINDOWS:
                break
            try:
                expected = run(fixture["nodes"], case["window"], case["label"])
            except Tie:
                skipped += 1
                continue
            cases.append({"window": case["window"], "label": case["label"], "expected": expected})
        if not cases:
            sys.exit(f"{path}: every window has a value near a rounding tie; write more of them")
        fixture["cases"] = cases
        with open(path, "w") as file:
            json.dump(fixture, file, sort_keys=True, separators=(",", ":"))
            file.write("\n")
        print(f"{path}: {len(cases)} windows, {skipped} skipped for ties")


if __name__ == "__main__":
    main(sys.argv[1:])
