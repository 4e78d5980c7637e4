"""Answers to lesson 05: output sizes, what a layer costs, separable convolutions and patches."""

from itertools import product

import torch
from torch import nn
from torch.nn import functional as F

import convlab.nn.functional
from convlab import arithmetic
from convlab.solutions.exercise import Exercise, Mistake

TITLE = "Stride, padding and channels"

# Rows: 1 + 8 + 1 = 10, windows of 3 start at 0, 2, 4, 6. Columns: 10, windows of 2 at 0, 3, 6.
strided_shape = (len([0, 2, 4, 6]), len([0, 3, 6]))


def conv_output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """How many windows fit along one axis.

    size, kernel_size, stride, padding, dilation: integers; the kernel fits at least once.
    Returns an integer.
    """
    span = dilation * (kernel_size - 1) + 1  # from the first to the last pixel that it touches
    return (size + 2 * padding - span) // stride + 1


# 8 blocks of 3 x 5 x 5 numbers and 8 biases; (32 + 2 * 2 - 5) // 2 + 1 = 16 places along each axis.
layer_cost = (8 * 3 * 5 * 5 + 8, 8 * 3 * 5 * 5 * 16 * 16)


class DepthwiseSeparable(nn.Module):
    """A depthwise convolution, then a pointwise (1x1) one, both without bias.

    in_channels C, out_channels O, kernel_size k (odd), stride s of the depthwise one, which has
    the padding that keeps the size at stride 1.
    Parameters: depthwise.weight (C, 1, k, k), pointwise.weight (O, C, 1, 1).
    forward takes X (N, C, H, W) and gives (N, O, H', W'); H' = H and W' = W at stride 1.
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        super().__init__()
        self.depthwise = nn.Conv2d(
            in_channels,
            in_channels,
            kernel_size,
            stride=stride,
            padding=kernel_size // 2,
            groups=in_channels,
            bias=False,
        )
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, X):
        return self.pointwise(self.depthwise(X))


def embed_patches(X, weight):
    """A convolution whose stride is its kernel's size, as one matrix product.

    X (C, H, W); weight (O, C, h, w); h divides H and w divides W.
    Gives (O, H / h, W / w).
    """
    out, C, h, w = weight.shape
    rows, columns = X.shape[1] // h, X.shape[2] // w
    patches = X.reshape(C, rows, h, columns, w).permute(0, 2, 4, 1, 3)
    patches = patches.reshape(C * h * w, rows * columns)  # a patch a column
    return (weight.reshape(out, C * h * w) @ patches).reshape(out, rows, columns)


def _strided_shape():
    X, K = torch.zeros(1, 1, 8, 10), torch.zeros(1, 1, 3, 2)
    return tuple(F.conv2d(X, K, stride=(2, 3), padding=(1, 0)).shape[2:])


def _size_from_torch(size, kernel_size, stride=1, padding=0, dilation=1):
    X, K = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size)
    return F.conv1d(X, K, stride=stride, padding=padding, dilation=dilation).shape[2]


def _size_cases(generator):
    yield 10, 3, 2, 3, 3
    yield 5, 3, 1, 0, 1
    yield 5, 3, 2, 0, 1
    yield 5, 3, 1, 1, 1
    yield 6, 3, 2, 0, 1
    yield 7, 3, 1, 0, 2
    yield 1, 1, 1, 0, 1
    yield 3, 3, 4, 0, 1
    yield 8, 2, 3, 1, 3
    settings = product(range(4, 12), range(1, 6), range(1, 5), range(4), range(1, 4))
    fitting = [(n, k, s, p, d) for n, k, s, p, d in settings if d * (k - 1) < n + 2 * p]
    for index in torch.randperm(len(fitting), generator=generator)[:40].tolist():
        yield fitting[index]


def _layer_cost():
    layer = nn.Conv2d(3, 8, kernel_size=5, stride=2, padding=2)
    windows = F.unfold(torch.zeros(1, 3, 32, 32), kernel_size=5, stride=2, padding=2)
    parameters = sum(parameter.numel() for parameter in layer.parameters())
    return parameters, 8 * windows.numel()  # each block meets all numbers of all windows


def _odd_numbers(shape, generator):
    """A parameter of -3, -1, 1 and 3: no weight is 0, so each is seen in what a layer gives."""
    return nn.Parameter(2.0 * torch.randint(-2, 2, shape, generator=generator) + 1)


class _EachChannel(nn.Module):
    """A depthwise convolution, channel after channel."""

    def __init__(self, channels, kernel_size, stride, generator):
        super().__init__()
        self.settings = {"stride": stride, "padding": (kernel_size - 1) // 2}
        self.weight = _odd_numbers((channels, 1, kernel_size, kernel_size), generator)

    def forward(self, X):
        planes = zip(X.split(1, dim=1), self.weight.split(1), strict=True)
        return torch.cat([F.conv2d(x, k, **self.settings) for x, k in planes], dim=1)


class _Mix(nn.Module):
    """A matrix times the channels of each pixel."""

    def __init__(self, in_channels, out_channels, generator):
        super().__init__()
        self.weight = _odd_numbers((out_channels, in_channels, 1, 1), generator)

    def forward(self, X):
        return torch.einsum("oc,nchw->nohw", self.weight[:, :, 0, 0], X)


class _Separable(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        super().__init__()
        generator = torch.Generator().manual_seed(in_channels + 10 * out_channels + kernel_size)
        self.depthwise = _EachChannel(in_channels, kernel_size, stride, generator)
        self.pointwise = _Mix(in_channels, out_channels, generator)

    def forward(self, X):
        return self.pointwise(self.depthwise(X))


class _TwoStrides(_Separable):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        super().__init__(in_channels, out_channels, kernel_size, stride)
        self.stride = stride

    def forward(self, X):
        return self.pointwise(self.depthwise(X))[..., :: self.stride, :: self.stride]


def _separable_multiplications(in_channels, out_channels, kernel_size, *rest):
    *stride, X = rest
    rows, columns = (-(-n // (stride or [1])[0]) for n in X.shape[2:])
    return len(X) * rows * columns * in_channels * (kernel_size**2 + out_channels)


def _separable_cases(generator):
    yield (1, 1, 3), (torch.arange(9.0).reshape(1, 1, 3, 3),)
    yield (2, 1, 1), (torch.arange(4.0).reshape(1, 2, 1, 2),)
    yield (1, 1, 1, 2), (torch.arange(4.0).reshape(1, 1, 2, 2),)
    yield (1, 2, 3), (torch.arange(12.0).reshape(1, 1, 3, 4),)
    yield (2, 2, 3), (torch.arange(16.0).reshape(1, 2, 2, 4),)
    for constructor, shape in (
        ((3, 5, 3), (2, 3, 6, 7)),
        ((4, 2, 5), (3, 4, 8, 5)),
        ((3, 4, 3, 2), (2, 3, 9, 6)),
        ((2, 6, 5, 3), (1, 2, 10, 11)),
    ):
        yield constructor, (torch.randn(shape, generator=generator),)


def _patch_cases(generator):
    yield torch.arange(8.0).reshape(2, 2, 2), torch.tensor([[[[1.0, 10.0]], [[2.0, -1.0]]]])
    yield torch.arange(8.0).reshape(1, 2, 4), torch.tensor([[[[1.0, 10.0], [0.0, 2.0]]]])
    yield torch.arange(4.0).reshape(1, 2, 2), torch.ones(1, 1, 1, 1)
    yield torch.arange(6.0).reshape(1, 2, 3).mT, torch.tensor([[[[1.0]]], [[[3.0]]]])
    yield torch.tensor([[[1.0]], [[2.0]]]).expand(2, 2, 4), torch.ones(1, 2, 1, 2)
    for dtype in (torch.float32, torch.float64):
        for size, kernel in (
            ((1, 6, 6), (2, 1, 3, 3)),
            ((3, 8, 12), (5, 3, 4, 4)),
            ((2, 6, 4), (3, 2, 3, 2)),
            ((4, 5, 7), (1, 4, 5, 7)),
        ):
            X = torch.randn(size, generator=generator, dtype=dtype)
            yield X, torch.randn(kernel, generator=generator, dtype=dtype)
    yield torch.arange(96.0).reshape(1, 4, 24), torch.ones(1, 1, 2, 2)


def _patches(X, weight, order):
    """The product with each patch's numbers, and the patches themselves, in an order of axes."""
    out, C, h, w = weight.shape
    rows, columns = X.shape[1] // h, X.shape[2] // w
    patches = X.reshape(C, rows, h, columns, w).permute(order).reshape(C * h * w, -1)
    return (weight.reshape(out, -1) @ patches).reshape(out, rows, columns)


EXERCISES = {
    "strided_shape": Exercise(
        oracle=_strided_shape,
        hints=(
            "Take one axis at a time, height first. How long is it with its padding?",
            "Write down where the windows start: 0, then a stride further each time, as long as "
            "the window's last pixel is still inside.",
            "Rows: 10 with padding, windows of 3, so the last may start at 7: 0, 2, 4, 6. "
            "Columns: 10 without padding, windows of 2, starts a multiple of 3.",
        ),
        difficulty=2,
        minutes=4,
        mistakes=(
            Mistake((3, 4), "Every pair names the vertical number first, the shape as well."),
            Mistake((3, 3), "The padding above and below is forgotten."),
            Mistake((3, 5), "The two strides have changed places."),
            Mistake((5, 3), "The kernel's height and width have changed places."),
            Mistake((3, 2), "These are the steps from window to window, not the windows."),
            Mistake((5, 4), "The last window must fit whole: round down, not up."),
            Mistake((8, 9), "This is the shape with stride 1."),
            Mistake((4, 4), "The padding is vertical only."),
        ),
    ),
    "conv_output_size": Exercise(
        oracle=_size_from_torch,
        cases=_size_cases,
        hints=(
            "Without dilation it is the formula of the lesson; // divides and takes the floor.",
            "With dilation a kernel reaches further: 3 numbers with dilation 2 span 5 pixels. "
            "What do k numbers with dilation d span?",
            "Between k numbers there are k - 1 steps of d pixels. Put that span, "
            "dilation * (kernel_size - 1) + 1, in the kernel's place in the formula.",
        ),
        difficulty=2,
        minutes=6,
        mistakes=(
            Mistake(
                lambda n, k, s=1, p=0, d=1: (n + 2 * p - k) // s + 1,
                "The dilation is forgotten: it makes the kernel span more pixels.",
            ),
            Mistake(
                lambda n, k, s=1, p=0, d=1: (n + 2 * p - d * k) // s + 1,
                "The span of a dilated kernel ends at its last number, not d pixels later.",
            ),
            Mistake(
                lambda n, k, s=1, p=0, d=1: (n + p - d * (k - 1) - 1) // s + 1,
                "The padding is added at one end only.",
            ),
            Mistake(
                lambda n, k, s=1, p=0, d=1: (n + 2 * p - d * (k - 1) - 1) // s,
                "These are the steps from window to window, not the windows.",
            ),
            Mistake(
                lambda n, k, s=1, p=0, d=1: -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1,
                "The last window must fit whole: round down, not up.",
            ),
            Mistake(
                lambda n, k, s=1, p=0, d=1: (n + 2 * p - d * (k - 1) - 1) / s + 1,
                "The result is not rounded down: / gives a fraction.",
            ),
        ),
        ready=(
            arithmetic.conv_output_size,
            *(F.conv1d, F.conv2d, F.unfold, F.max_pool1d, F.avg_pool1d, torch.Tensor.unfold),
            *("size_from_torch", "conv2d", "conv2d_channels"),
        ),
        instead="Write the formula down: whole numbers, + - * and //.",
    ),
    "layer_cost": Exercise(
        oracle=_layer_cost,
        hints=(
            "How many blocks are there, how deep is one, and how many numbers does it hold? Which "
            "numbers of the layer are not in a block?",
            "Parameters: the numbers of all blocks, and one bias an output channel. "
            "Multiplications: the numbers of all blocks, once for each place of the output.",
            "The output's side is (32 + 2 * 2 - 5) // 2 + 1.",
        ),
        difficulty=3,
        minutes=5,
        mistakes=(
            Mistake((600, 153_600), "The parameters are without the biases."),
            Mistake((603, 153_600), "There is a bias for each output channel, not input channel."),
            Mistake((624, 153_600), "There is one bias a block, not one a plane of it."),
            Mistake((608, 155_648), "Biases are added: they take no multiplication."),
            Mistake((608, 614_400), "A block is multiplied once for each place of the output."),
            Mistake((608, 117_600), "The output is larger: the padding is forgotten."),
            Mistake((608, 153_608), "Biases are added: they take no multiplication."),
            Mistake((208, 51_200), "Each block is as deep as the input."),
            Mistake((608, 51_200), "Each block is as deep as the input."),
            Mistake((208, 153_600), "Each block is as deep as the input."),
            Mistake((76, 19_200), "This is one block only."),
            Mistake((608, 19_200), "The multiplications are those of one block only."),
            Mistake((128, 30_720), "A kernel of size 5 is 5 high and 5 wide."),
            Mistake((608, 470_400), "Stride and padding are forgotten."),
            Mistake((608, 600), "This is for one place of the output."),
            Mistake((153_600, 608), "The parameters come first."),
            Mistake((608, 307_200), "Multiplications only: the additions are not counted."),
        ),
    ),
    "DepthwiseSeparable": Exercise(
        oracle=_Separable,
        cases=_separable_cases,
        hints=(
            "Two layers of nn.Conv2d, self.depthwise and self.pointwise; forward calls one after "
            "the other.",
            "The depthwise one goes from in_channels to in_channels with groups=in_channels; "
            "stride and padding belong to it.",
            "The padding is kernel_size // 2. Both layers take bias=False.",
            "self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)",
        ),
        difficulty=3,
        minutes=8,
        core=False,
        mistakes=(Mistake(_TwoStrides, "The stride is taken twice."),),
        multiplications=_separable_multiplications,
        layers=("depthwise", "pointwise"),
    ),
    "embed_patches": Exercise(
        oracle=lambda X, weight: F.conv2d(X[None], weight, stride=weight.shape[2:])[0],
        cases=_patch_cases,
        hints=(
            "No window overlaps another, so reshape alone cuts the picture: an axis of length H "
            "turns into two, (H / h, h).",
            "X.reshape(C, rows, h, columns, w). Which of the five axes belong to a patch, and "
            "which say where it lies?",
            "permute(0, 2, 4, 1, 3) brings (C, h, w) in front of (rows, columns). Then one more "
            "reshape makes a matrix (C * h * w, rows * columns).",
            "Multiply weight.reshape(O, C * h * w) by it and reshape to (O, rows, columns).",
        ),
        difficulty=4,
        minutes=10,
        core=False,
        mistakes=(
            Mistake(
                lambda X, weight: _patches(X, weight, (2, 4, 0, 1, 3)),
                "A patch's numbers are in the order (h, w, C), the weight's in (C, h, w).",
            ),
            Mistake(
                lambda X, weight: _patches(X, weight, (0, 4, 2, 1, 3)),
                "A patch's rows and columns have changed places.",
            ),
            Mistake(
                lambda X, weight: _patches(X, weight, (0, 2, 4, 3, 1)),
                "The patches are read column after column, and put down row after row.",
            ),
            Mistake(
                lambda X, weight: _patches(X, weight, (0, 1, 2, 3, 4)),
                "A reshape alone keeps the order of the numbers: the axes must change places.",
            ),
        ),
        ready=(
            *(F.conv1d, F.conv2d, F.conv3d, convlab.nn.functional.conv2d),
            *("conv2d", "conv2d_channels"),
        ),
        instead="Cut the picture by reshape and permute, and use one matrix product.",
        operations=lambda X, weight: 20,
        multiplications=lambda X, weight: weight.numel() * X[0].numel() // weight[0, 0].numel(),
    ),
}
