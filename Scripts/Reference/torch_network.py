"""A network of a pipeline, written in PyTorch, trained on a run's windows and saved for Pretrain(from:).

    pip install torch safetensors
    martlet run Pipelines/wrist-exercises.swift --output runs/wrist
    martlet export runs/wrist --format windows -o windows.safetensors
    python3 Scripts/Reference/torch_network.py windows.safetensors weights.safetensors
    martlet run Pipelines/wrist-exercises.swift --set 'pretrain.from="weights.safetensors"' --set pretrain.epochs=0

    python3 Scripts/Reference/torch_network.py windows.safetensors --compare runs/wrist/network.safetensors

The second form trains nothing: it loads a run's float32 network and prints how far PyTorch's logits are from Martlet's.

The modules' names here are those of the pipeline's layers, so that nothing has to be mapped: `conv1`, `block1.expand`,
`pointwise1`, `dense1`, each with its batch normalisation as `norm`. Any other names will do where their numbers tell the
order, as those of nn.Sequential do.
"""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn


class ConvNorm(nn.Conv1d):
    """A convolution, its batch normalisation, and ReLU6: one layer of a pipeline's Model."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1, activation=True):
        super().__init__(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm1d(outputs)
        self.activation = activation

    def forward(self, x):
        x = self.norm(super().forward(x))
        return nn.functional.relu6(x) if self.activation else x


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expand=3, kernel=5, stride=1):
        super().__init__()
        middle = inputs * expand
        self.expand = ConvNorm(inputs, middle)
        self.depthwise = ConvNorm(middle, middle, kernel, stride, groups=middle)
        self.project = ConvNorm(middle, outputs, activation=False)
        self.joins = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.joins else y


class WristNetwork(nn.Module):
    """The Model of Pipelines/wrist-exercises.swift."""

    def __init__(self, channels, classes):
        super().__init__()
        self.conv1 = ConvNorm(channels, 32, kernel=5, stride=2)
        self.block1 = InvertedResidual(32, 32, expand=3, kernel=5)
        self.block2 = InvertedResidual(32, 48, expand=3, kernel=5, stride=2)
        self.pointwise1 = ConvNorm(48, 128)
        self.dense1 = nn.Linear(128, classes)

    def forward(self, x):
        x = self.pointwise1(self.block2(self.block1(self.conv1(x))))
        return self.dense1(x.mean(dim=2))


def main(windows, *arguments):
    torch.manual_seed(1)
    tensors = load_file(windows)
    with safe_open(windows, "pt") as file:
        classes = json.loads(file.metadata()["martlet.classes"])
    x, labels, held_out = tensors["windows"], tensors["labels"].long(), tensors["held_out"] == 1
    network = WristNetwork(x.shape[1], len(classes))
    if arguments[0] == "--compare":
        network.load_state_dict(load_file(arguments[1]), strict=False)
        network.eval()
        with torch.no_grad():
            distance = (network(x[held_out]) - tensors["float32.logits"][held_out]).abs().max().item()
        print(f"{int(held_out.sum())} windows, logits within {distance:.2e}")
        return
    epochs, batch = 8, 64
    inputs, targets = x[~held_out], labels[~held_out]
    optimizer = torch.optim.Adam(network.parameters(), lr=0.002, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * (len(inputs) // batch))
    for epoch in range(epochs):
        network.train()
        order = torch.randperm(len(inputs))
        for start in range(0, len(order) - batch + 1, batch):
            chosen = order[start : start + batch]
            loss = nn.functional.cross_entropy(network(inputs[chosen]), targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {epochs}, loss {loss.item():.3f}")
    network.eval()
    with torch.no_grad():
        accuracy = (network(x[held_out]).argmax(1) == labels[held_out]).float().mean().item()
    print(f"{int(held_out.sum())} held-out windows, accuracy {100 * accuracy:.1f} %")
    save_file(network.state_dict(), arguments[0])


if __name__ == "__main__":
    main(*sys.argv[1:])
