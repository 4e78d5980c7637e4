"""Answers to the lesson that trains a small network on handwritten digits."""

import torch
from torch import nn
from torch.nn import functional as F

from convlab import receptive_field
from convlab.solutions.exercise import Exercise, Mistake

TITLE = "A small network"

# A block of weights and a bias for each of the 16 and 120 maps.
lenet_counts = (16 * (6 * 3 * 3 + 1), 120 * (16 * 2 * 2 + 1))


class LeNet(nn.Module):
    """LeNet-5 for pictures of 8 x 8: X (N, 1, 8, 8) gives scores (N, classes)."""

    def __init__(self, classes=10):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 3, padding=1)
        self.s2 = nn.MaxPool2d(2)
        self.c3 = nn.Conv2d(6, 16, 3, padding=1)
        self.s4 = nn.MaxPool2d(2)
        self.c5 = nn.Conv2d(16, 120, 2)
        self.f6 = nn.Linear(120, 84)
        self.out = nn.Linear(84, classes)

    def forward(self, X):
        X = self.s2(F.relu(self.c1(X)))
        X = self.s4(F.relu(self.c3(X)))
        X = F.relu(self.c5(X)).flatten(1)
        return self.out(F.relu(self.f6(X)))


def confusion_matrix(truth, said, classes):
    """Count how often each class was taken for each class.

    truth (N,) and said (N,): integers from 0 to classes - 1. Gives (classes, classes), int64;
    its element [i, j] says how many examples of class i were called j.
    """
    cells = truth * classes + said
    return torch.bincount(cells, minlength=classes**2).reshape(classes, classes)


def add_layers(net, size):
    """Append layers to net until the field of its last map is size x size, with step 2.

    net: an empty nn.Sequential, to be filled in place; size: odd, 3 to 11.
    net takes (N, 1, 8, 8) to (N, 16, 4, 4). Returns net.
    """
    channels, rest = 1, size - 1
    while rest > 0:  # a 3 x 3 kernel adds 2 to the field as long as the step is 1
        step = 2 if rest == 2 else 1
        net.append(nn.Conv2d(channels, 16, 3, stride=step, padding=1))
        net.append(nn.ReLU())
        channels, rest = 16, rest - 2
    return net


def _lenet_counts():
    return tuple(
        sum(p.numel() for p in layer.parameters())
        for layer in (nn.Conv2d(6, 16, 3), nn.Conv2d(16, 120, 2))
    )


class _Windows(nn.Module):
    """A convolution from windows and sums."""

    def __init__(self, shape, padding):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape) / shape[1] ** 0.5)
        self.bias = nn.Parameter(torch.randn(shape[0]) / 10)
        self._padding = padding

    def forward(self, X):
        height, width = self.weight.shape[2:]
        windows = F.pad(X, (self._padding,) * 4).unfold(2, height, 1).unfold(3, width, 1)
        return torch.einsum("nchwij,ocij->nohw", windows, self.weight) + self.bias[:, None, None]


class _Largest(nn.Module):
    """The largest of each 2 x 2 window."""

    def forward(self, X):
        return X.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4).max(dim=4).values


class _Dense(nn.Module):
    """A dense layer as a product of matrices."""

    def __init__(self, numbers_in, numbers_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(numbers_out, numbers_in) / numbers_in**0.5)
        self.bias = nn.Parameter(torch.randn(numbers_out) / 10)

    def forward(self, X):
        return X @ self.weight.T + self.bias


class _LeNetOracle(nn.Module):
    """The same without torch's convolution, pooling and dense layer."""

    def __init__(self, classes=10):
        super().__init__()
        self.c1 = _Windows((6, 1, 3, 3), padding=1)
        self.s2 = _Largest()
        self.c3 = _Windows((16, 6, 3, 3), padding=1)
        self.s4 = _Largest()
        self.c5 = _Windows((120, 16, 2, 2), padding=0)
        self.f6 = _Dense(120, 84)
        self.out = _Dense(84, classes)

    def forward(self, X):
        X = self.s2(self.c1(X).clamp(min=0))
        X = self.s4(self.c3(X).clamp(min=0))
        X = self.c5(X).clamp(min=0)[:, :, 0, 0]
        return self.out(self.f6(X).clamp(min=0))


class _Softmax(LeNet):
    def forward(self, X):
        return super().forward(X).softmax(dim=1)


class _ReLUAtTheEnd(LeNet):
    def forward(self, X):
        return super().forward(X).relu()


def _lenet_cases(generator):
    # No two equal neighbours: where a maximum is tied, right pools share the gradient differently.
    ramp = torch.arange(64.0).reshape(1, 1, 8, 8) / 63
    yield (), (ramp,)
    yield (), (-ramp,)
    yield (10,), (ramp.transpose(2, 3),)
    for classes, n in ((10, 5), (2, 3), (26, 1)):
        yield (classes,), (torch.randn(n, 1, 8, 8, generator=generator),)


def _confusion_matrix(truth, said, classes):
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for i, j in zip(truth.tolist(), said.tolist(), strict=True):
        counts[i, j] += 1
    return counts


def _by_index(truth, said, classes):
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    counts[truth, said] += 1
    return counts


def _by_largest_pair(truth, said, classes):
    return torch.bincount(truth * classes + said).reshape(classes, classes)


def _shares(truth, said, classes):
    counts = _confusion_matrix(truth, said, classes)
    return counts / counts.sum(dim=1, keepdim=True)


def _confusion_cases(generator):
    yield torch.tensor([0, 0, 0, 1]), torch.tensor([1, 1, 0, 1]), 2
    yield torch.tensor([[0, 1], [0, 0], [1, 0]])[:, 0], torch.tensor(1).expand(3), 2
    yield torch.tensor([0, 0, 0, 2]), torch.tensor([1, 1, 1, 2]), 3
    yield torch.tensor([1, 1]), torch.tensor([0, 0]), 4
    yield torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), 3
    for classes, n in ((2, 30), (5, 100), (10, 360), (12, 7)):
        truth, said = torch.randint(classes, (2, n), generator=generator)
        yield truth, said, classes


def _add_layers_cases(generator):
    for size in (3, 7, 5, 11, 9):
        net = nn.Sequential()
        yield net, size
        problem = _unfulfilled(net, size, generator)
        if problem:
            raise ValueError(problem)


def _unfulfilled(net, size, generator):
    """The first wish that a network does not fulfil, in words, or None."""
    if not len(net):
        return "net is still empty"
    dtype = next((p.dtype for p in net.parameters()), torch.float32)
    X, Z = torch.randn(2, 3, 1, 8, 8, generator=generator, dtype=dtype)
    with torch.no_grad():
        shape = tuple(net(X).shape)
        middle = net((X + Z) / 2) - (net(X) + net(Z)) / 2
    if shape != (3, 16, 4, 4):
        return f"wrong shape: (3, 1, 8, 8) became {shape}, expected (3, 16, 4, 4)"
    if any(max(p.shape[2:], default=1) > 3 for p in net.parameters()):
        return "a kernel is larger than 3 x 3"
    field = receptive_field(net, (1, 1, 8, 8))
    if field.size != (size, size):
        return f"the field is {field.size}, expected {(size, size)}"
    if field.stride != (2, 2):
        return f"the step is {field.stride}, expected (2, 2)"
    if middle.abs().max() < 1e-4:
        return "all layers together are linear: put a ReLU after each convolution"
    return None


EXERCISES = {
    "lenet_counts": Exercise(
        oracle=_lenet_counts,
        difficulty=2,
        minutes=4,
        mistakes=(
            Mistake((7800, 880), "The order is c3, then c5."),
            Mistake((864, 7680), "The biases are forgotten."),
            Mistake(
                (160, 600), "This is for one map that comes in: each kernel reads all of them."
            ),
            Mistake((55, 65), "This is for one map that goes out."),
            Mistake(
                (960, 9600), "There is one bias for each map that goes out, not for each kernel."
            ),
            Mistake(
                (870, 7696), "The biases belong to the maps that go out, not to those that come in."
            ),
            Mistake((865, 7681), "There is more than one bias."),
            Mistake(
                (16 * 55 * 16, 7800), "A kernel slides: its weights do not count at each place."
            ),
        ),
        hints=(
            "Each output map has a block of weights of its own, over all input maps, and one bias.",
            "A block of c3 is 6 x 3 x 3 numbers, one of c5 is 16 x 2 x 2.",
        ),
    ),
    "LeNet": Exercise(
        oracle=_LeNetOracle,
        cases=_lenet_cases,
        difficulty=3,
        minutes=9,
        layers=("c1", "s2", "c3", "s4", "c5", "f6", "out"),
        mistakes=(
            Mistake(_Softmax, "These are probabilities: out gives scores, without a softmax."),
            Mistake(_ReLUAtTheEnd, "A ReLU follows out, so that scores below 0 are lost."),
        ),
        hints=(
            "Make the seven layers in __init__, with the settings of the table, and call them in "
            "forward in the same order.",
            "F.relu comes after c1, c3, c5 and f6; nothing comes after out.",
            "c5 gives (N, 120, 1, 1) and f6 wants (N, 120): flatten(1) between them.",
        ),
    ),
    "confusion_matrix": Exercise(
        oracle=_confusion_matrix,
        cases=_confusion_cases,
        difficulty=2,
        minutes=6,
        mistakes=(
            Mistake(
                lambda truth, said, classes: _confusion_matrix(said, truth, classes),
                "Rows and columns are swapped: the truth says which row.",
            ),
            Mistake(_by_index, "A pair that comes several times is counted once."),
            Mistake(
                _by_largest_pair,
                "The counts end at the largest pair that comes: those after it need a 0, too.",
            ),
            Mistake(_shares, "These are shares of the rows, not counts."),
            Mistake(
                lambda truth, said, classes: _confusion_matrix(truth, truth, classes),
                "Each example is counted as right: said is not used.",
            ),
            Mistake(
                lambda truth, said, classes: torch.diag(
                    torch.bincount(truth[truth == said], minlength=classes)
                ),
                "Only the examples that are right are counted.",
            ),
            Mistake(
                lambda truth, said, classes: _confusion_matrix(truth, said, classes).fill_diagonal_(
                    0
                ),
                "The examples that are right are left out.",
            ),
        ),
        hints=(
            "Start with zeros of shape (classes, classes) and dtype torch.int64. A loop over the "
            "pairs of truth and said is right, too.",
            "counts[truth, said] += 1 without a loop counts a pair once, however often it comes.",
            "Without a loop: give each pair a number, truth * classes + said, and count the "
            "numbers with torch.bincount(..., minlength=classes**2).",
        ),
    ),
    "add_layers": Exercise(
        oracle=lambda net, size: net,
        cases=_add_layers_cases,
        difficulty=4,
        minutes=10,
        core=False,
        hints=(
            "A unit of the input sees 1 pixel. A 3 x 3 kernel adds 2 to that where the step before "
            "it is 1.",
            "So (size - 1) / 2 convolutions are enough if only the last one has stride 2.",
            "Padding 1 keeps 8 x 8 with stride 1 and makes 4 x 4 of it with stride 2.",
            "Each: net.append(nn.Conv2d(channels, 16, 3, stride=step, padding=1)), then "
            "net.append(nn.ReLU()); channels is 1 for the first and 16 for the others.",
        ),
    ),
}
