"""Lesson 13: what a learner may type."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.support.answers import Answers, LessonAnswers, Wrong


class Plain(nn.Module):
    """Right; the others change one thing."""

    def __init__(self, classes=10):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=3, padding=1)
        self.s2 = nn.MaxPool2d(2)
        self.c3 = nn.Conv2d(6, 16, kernel_size=3, padding=1)
        self.s4 = nn.MaxPool2d(2)
        self.c5 = nn.Conv2d(16, 120, kernel_size=2)
        self.f6 = nn.Linear(120, 84)
        self.out = nn.Linear(84, classes)

    def maps(self, X):
        X = self.s2(F.relu(self.c1(X)))
        return F.relu(self.c5(self.s4(F.relu(self.c3(X)))))

    def forward(self, X):
        return self.out(F.relu(self.f6(self.maps(X).flatten(1))))


class ByLoop(Plain):
    def forward(self, X):
        for layer in (self.c1, self.s2, self.c3, self.s4, self.c5):
            X = layer(X).relu()
        return self.out(self.f6(X[:, :, 0, 0]).relu())


class WithModules(Plain):
    def __init__(self, classes=10):
        super().__init__(classes)
        self.act, self.flat = nn.ReLU(), nn.Flatten()

    def forward(self, X):
        X = self.s4(self.act(self.c3(self.s2(self.act(self.c1(X))))))
        return self.out(self.act(self.f6(self.flat(self.act(self.c5(X))))))


class PoolBeforeReLU(Plain):
    def maps(self, X):
        X = self.s2(self.c1(X)).clamp(min=0)
        return self.c5(self.s4(self.c3(X)).clamp(min=0)).clamp(min=0)


class WithControlFlow(Plain):
    def forward(self, X):
        if X.dim() != 4:
            raise ValueError
        return self.out(F.relu(self.f6(self.maps(X).view(len(X), 120))))


class FunctionForS2(Plain):
    def maps(self, X):
        X = F.max_pool2d(F.relu(self.c1(X)), 2)
        return F.relu(self.c5(self.s4(F.relu(self.c3(X)))))


class S2Twice(Plain):
    def maps(self, X):
        X = self.s2(F.relu(self.c1(X)))
        return F.relu(self.c5(self.s2(F.relu(self.c3(X)))))


class WithoutS4(Plain):
    def __init__(self, classes=10):
        super().__init__(classes)
        del self.s4

    def maps(self, X):
        X = self.s2(F.relu(self.c1(X)))
        return F.relu(self.c5(self.s2(F.relu(self.c3(X)))))


class AveragePool(Plain):
    def __init__(self, classes=10):
        super().__init__(classes)
        self.s4 = nn.AvgPool2d(2)


class NoReLUAfterC3(Plain):
    def maps(self, X):
        return F.relu(self.c5(self.s4(self.c3(self.s2(F.relu(self.c1(X)))))))


class NoReLUAfterF6(Plain):
    def forward(self, X):
        return self.out(self.f6(self.maps(X).flatten(1)))


class Softmax(Plain):
    def forward(self, X):
        return super().forward(X).softmax(dim=1)


class ReLUAfterOut(Plain):
    def forward(self, X):
        return F.relu(super().forward(X))


class Unpadded(Plain):
    def __init__(self, classes=10):
        super().__init__(classes)
        self.c1 = nn.Conv2d(1, 6, kernel_size=3)


class WithoutFlatten(Plain):
    def forward(self, X):
        return self.out(F.relu(self.f6(self.maps(X))))


class TenClasses(Plain):
    def __init__(self, classes=10):
        super().__init__()


def counts_by_loop(truth, said, classes):
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for i, j in zip(truth, said, strict=True):
        counts[i, j] += 1
    return counts


def counts_by_comparison(truth, said, classes):
    rows = [
        torch.stack([((truth == i) & (said == j)).sum() for j in range(classes)])
        for i in range(classes)
    ]
    return torch.stack(rows)


def counts_by_product(truth, said, classes):
    return F.one_hot(truth, classes).T @ F.one_hot(said, classes)


def counts_by_put(truth, said, classes):
    ones = torch.ones(len(truth), dtype=torch.int64)
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    return counts.index_put((truth, said), ones, accumulate=True)


def counts_by_lists(truth, said, classes):
    counts = [[0] * classes for _ in range(classes)]
    for i, j in zip(truth.tolist(), said.tolist(), strict=True):
        counts[i][j] += 1
    return torch.tensor(counts)


def counts_with_shared_rows(truth, said, classes):
    counts = [[0] * classes] * classes
    for i, j in zip(truth.tolist(), said.tolist(), strict=True):
        counts[i][j] += 1
    return torch.tensor(counts)


def counts_by_index(truth, said, classes):
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    counts[truth, said] += 1
    return counts


def counts_without_all_classes(truth, said, classes):
    return torch.bincount(truth * classes + said).reshape(classes, classes)


def stack(net, size, *, relu=True, last=2, first=1, kernel=3):
    """size from a row of convolutions, of which `first` or `last` may have a stride."""
    count = (size - 1) // 2
    for i in range(count):
        stride = last if i == count - 1 else first if i == 0 else 1
        net.append(nn.Conv2d(16 if i else 1, 16, kernel, stride, kernel // 2))
        if relu:
            net.append(nn.ReLU())
    return net


def with_pooling(net, size):
    if size == 3:
        return stack(net, size)
    net.append(nn.Conv2d(1, 16, 3, padding=1))
    net.append(nn.ReLU())
    for _ in range((size - 5) // 2):
        net.append(nn.Conv2d(16, 16, 3, padding=1))
        net.append(nn.ReLU())
    net.append(nn.Conv2d(16, 16, 2))  # 7 x 7, a field one larger
    net.append(nn.MaxPool2d(2, 2, 1))  # 4 x 4, and one larger again
    return net


def with_dilation(net, size):
    """Two layers, of which the second is dilated as far as it needs; 3 is one layer."""
    if size == 3:
        return stack(net, size)
    d = (size - 3) // 2
    for layer in (
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=d, dilation=d),
    ):
        net.append(layer)
    return net


def with_pointwise(net, size):
    stack(net, size)
    net.append(nn.BatchNorm2d(16))
    net.append(nn.Conv2d(16, 16, 1))
    return net


def with_extend(net, size):
    return net.extend(stack(nn.Sequential(), size))


def with_one_block(net, size):
    net.append(stack(nn.Sequential(), size))
    return net


ANSWERS = {
    "lenet_counts": Answers(
        wrong=[
            Wrong((7800, 880), "order is c3, then c5"),
            Wrong((864, 7680), "biases are forgotten"),
            Wrong((160, 600), "each kernel reads all"),
            Wrong((55, 65), "one map that goes out"),
            Wrong((960, 9600), "not for each kernel"),
            Wrong([865, 7681], "more than one bias"),
        ],
        right=[(880, 7800), [880, 7800], (880.0, 7800.0), (torch.tensor(880), torch.tensor(7800))],
    ),
    "LeNet": Answers(
        wrong=[
            Wrong(FunctionForS2, "self.s2 is never called"),
            Wrong(S2Twice, "self.s2 is called twice"),
            Wrong(WithoutS4, "no layer called s4"),
            Wrong(AveragePool, "what s4 gives"),
            Wrong(NoReLUAfterC3, "what goes into s4"),
            Wrong(NoReLUAfterF6, "what goes into out"),
            Wrong(Softmax, "without a softmax"),
            Wrong(ReLUAfterOut, "A ReLU follows out"),
            Wrong(Unpadded, "what c1 gives: wrong shape"),
            Wrong(WithoutFlatten, "mat1 and mat2"),
            Wrong(TenClasses, "out.weight has the wrong shape"),
        ],
        right=[Plain, ByLoop, WithModules, WithControlFlow],
    ),
    "confusion_matrix": Answers(
        wrong=[
            Wrong(
                lambda truth, said, classes: counts_by_loop(said, truth, classes),
                "Rows and columns are swapped",
            ),
            Wrong(counts_by_index, "counted once"),
            Wrong(counts_without_all_classes, "counts end at the largest pair"),
            Wrong(counts_with_shared_rows),
            Wrong(
                lambda truth, said, classes: counts_by_loop(truth, said, classes).float(),
                "\n  truth = tensor([1, 1])",
            ),
            Wrong(
                lambda truth, said, classes: counts_by_loop(truth, said, classes) / len(truth),
            ),
            Wrong(
                lambda truth, said, classes: torch.diag(
                    torch.bincount(truth[truth == said], minlength=classes)
                ),
                "Only the examples that are right",
            ),
        ],
        right=[
            counts_by_loop,
            counts_by_comparison,
            counts_by_product,
            counts_by_put,
            counts_by_lists,
        ],
    ),
    "add_layers": Answers(
        wrong=[
            Wrong(lambda net, size: stack(nn.Sequential(), size), "another module"),
            Wrong(lambda net, size: print(end="") if stack(net, size) else None, "returned None"),
            Wrong(lambda net, size: net, "net is still empty"),
            Wrong(lambda net, size: stack(net, size, relu=False), "linear"),
            Wrong(
                lambda net, size: stack(net, size, first=2, last=2 if size == 3 else 1),
                "the field is",
            ),
            Wrong(lambda net, size: stack(net, size, kernel=5), "larger than 3 x 3"),
            Wrong(lambda net, size: stack(net, size, last=1), "wrong shape"),
            Wrong(lambda net, size: stack(net, 7), "the field is"),
        ],
        right=[stack, with_dilation, with_pointwise, with_extend, with_one_block],
    ),
}


class TestLesson13(LessonAnswers):
    lesson, answers = "13", ANSWERS
