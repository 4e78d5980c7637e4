"""Answers to the lesson on cross-correlation."""

import torch
import torch.nn.functional as F

from convlab.corr import corr2d
from convlab.solutions.exercise import Exercise

TITLE = "Cross-correlation"


predicted_shape = (7 - 3 + 1, 9 - 4 + 1)


def corr1d(X, K):
    """Slide kernel K (k,) along signal X (W,) and sum the products: Y (W - k + 1,)."""
    k = len(K)
    return torch.stack([(X[i : i + k] * K).sum() for i in range(len(X) - k + 1)])


def convolve2d(X, K):
    """True convolution of X (H, W) with K (h, w): Y (H - h + 1, W - w + 1)."""
    return corr2d(X, K.flip(0, 1))


def corr2d_windows(X, K):
    """The same as corr2d, without a loop: X (H, W), K (h, w), Y (H - h + 1, W - w + 1)."""
    h, w = K.shape
    windows = X.unfold(0, h, 1).unfold(1, w, 1)
    return (windows * K).sum(dim=(2, 3))


def find_pattern(X, T):
    """Where in X (H, W) is the window most like T (h, w), by the score above?

    Returns (row, column) of the window's top left corner, two ints.
    """
    h, w = T.shape
    windows = X.unfold(0, h, 1).unfold(1, w, 1)
    windows = windows - windows.mean(dim=(2, 3), keepdim=True)
    T = T - T.mean()
    norms = windows.square().sum(dim=(2, 3)).sqrt() * T.norm()
    score = (windows * T).sum(dim=(2, 3)) / (norms + 1e-6)  # a plain window: 0 / 1e-6
    return divmod(int(score.argmax()), score.shape[1])


def _signals(generator):
    yield torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0]), torch.tensor([1.0, 2.0])
    yield torch.tensor([5.0, 1.0, 3.0]), torch.tensor([1.0, 0.0, -2.0])
    yield torch.tensor([1.0, -2.0, 4.0]), torch.tensor([3.0])
    for size, k in ((9, 4), (20, 5), (6, 6)):
        for dtype in (torch.float32, torch.float64):
            yield (
                torch.randn(size, generator=generator, dtype=dtype),
                torch.randn(k, generator=generator, dtype=dtype),
            )


def _pictures(generator):
    yield torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2)
    yield torch.arange(8.0).reshape(2, 4), torch.tensor([[1.0, 0.0, -2.0]])
    yield torch.arange(6.0).reshape(3, 2), torch.tensor([[1.0], [3.0]])
    yield torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [5.0, -1.0]])
    yield torch.tensor([[2.0, -1.0, 3.0]]), torch.tensor([[4.0]])
    for size, kernel in (((7, 9), (3, 4)), ((8, 5), (2, 5)), ((6, 6), (3, 3))):
        for dtype in (torch.float32, torch.float64):
            yield (
                torch.randn(size, generator=generator, dtype=dtype),
                torch.randn(kernel, generator=generator, dtype=dtype),
            )


def _true_convolution(X, K):
    full = F.conv_transpose2d(X[None, None], K[None, None])[0, 0]
    return full[K.shape[0] - 1 : X.shape[0], K.shape[1] - 1 : X.shape[1]]


def _most_alike(X, T):
    """Pearson's correlation coefficient of each window in turn, in double precision."""
    best, place = -2.0, None
    for row in range(X.shape[0] - T.shape[0] + 1):
        for column in range(X.shape[1] - T.shape[1] + 1):
            window = X[row : row + T.shape[0], column : column + T.shape[1]]
            plain = window.max() == window.min()
            pair = torch.stack([window.flatten(), T.flatten()]).double()
            score = 0.0 if plain else float(torch.corrcoef(pair)[0, 1])
            if score > best:
                best, place = score, (row, column)
    return place


def _scenes(generator):
    shape = torch.tensor([[0.0, 2.0], [3.0, 1.0], [0.0, 1.0]])
    scene = torch.zeros(5, 6)
    scene[2:5, 3:5] = shape
    yield scene, shape  # on plain ground
    yield shape, shape  # as large as the picture
    scene = torch.zeros(5, 6)
    scene[0:3, 0:2] = 9.0
    scene[2:5, 4:6] = shape
    yield scene, shape  # beside a bright block
    scene = torch.full((5, 6), 4.0)
    scene[0:3, 1:3] = 9.0 - 3.0 * shape
    scene[2:5, 3:5] = 4.0 + 0.5 * shape
    yield scene, shape  # beside its own negative
    for size, small, place in (((12, 15), (4, 3), (2, 9)), ((14, 10), (3, 5), (11, 5))):
        for dtype in (torch.float32, torch.float64):
            scene = torch.rand(size, generator=generator, dtype=dtype)
            shape = torch.rand(small, generator=generator, dtype=dtype)
            noise = torch.rand(small, generator=generator, dtype=dtype)
            _paste(scene, 5 * shape + 3 * noise + 1, (6, 1))  # bright, only similar
            _paste(scene, 0.2 * shape + 0.1, place)  # dimmed
            yield scene, shape


def _paste(scene, piece, place):
    (row, column), (h, w) = place, piece.shape
    scene[row : row + h, column : column + w] = piece


EXERCISES = {
    "predicted_shape": Exercise(
        oracle=lambda: tuple(torch.zeros(7, 9).unfold(0, 3, 1).unfold(1, 4, 1).shape[:2]),
        hints=(
            "Downwards first: in which rows can the top row of the kernel lie, so that all three "
            "of its rows are inside the seven?",
            "In rows 0 to 4: that makes 5. Do the same across, with 4 of 9 columns.",
            "Write a tuple: predicted_shape = (7 - 3 + 1, ...)",
        ),
    ),
    "corr1d": Exercise(
        oracle=lambda X, K: F.conv1d(X[None, None], K[None, None])[0, 0],
        cases=_signals,
        hints=(
            "Write corr2d again with one axis less: one loop, windows X[i : i + k].",
            "How many windows are there? len(X) - len(K) + 1.",
            "Fill Y = torch.zeros(len(X) - len(K) + 1, dtype=X.dtype, device=X.device) in a loop: "
            "Y[i] = (X[i : i + len(K)] * K).sum()",
        ),
    ),
    "convolve2d": Exercise(
        oracle=_true_convolution,
        cases=_pictures,
        hints=(
            "The picture with a single 1 gave the kernel turned by 180 degrees. What if you turn "
            "the kernel before you start?",
            "A half turn reverses the order of the rows and of the columns, both.",
            "tensor.flip(0) reverses the rows, flip(0, 1) rows and columns: "
            "return corr2d(X, K.flip(...))",
        ),
    ),
    "corr2d_windows": Exercise(
        oracle=lambda X, K: F.conv2d(X[None, None], K[None, None])[0, 0],
        cases=_pictures,
        hints=(
            "Cut axis 0 into pieces as high as K and axis 1 into pieces as wide as K.",
            "windows has the shape (H - h + 1, W - w + 1, h, w), so windows * K multiplies each "
            "window with K.",
            "Sum over the last two axes: (windows * K).sum(dim=(2, 3))",
        ),
    ),
    "find_pattern": Exercise(
        oracle=_most_alike,
        cases=_scenes,
        hints=(
            "Begin with all windows: X.unfold(0, h, 1).unfold(1, w, 1) has the shape "
            "(H - h + 1, W - w + 1, h, w).",
            "Subtract from each window its own mean, .mean(dim=(2, 3), keepdim=True), and from T "
            "its mean. The numerator is then one product and one sum.",
            "The norm of each window: windows.square().sum(dim=(2, 3)).sqrt(). Add a small number "
            "such as 1e-6 to the denominator, so that a plain window gives 0 and not NaN.",
            "score.argmax() counts through the rows; peak(score) from above makes (row, column) of "
            "it: divmod(int(score.argmax()), score.shape[1]).",
        ),
    ),
}
