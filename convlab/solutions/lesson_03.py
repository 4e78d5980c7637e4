"""Answers to lesson 03, edge detection."""

import torch
import torch.nn.functional as F

from convlab.corr import corr2d
from convlab.solutions.exercise import Exercise, Mistake

TITLE = "Edge detection"

predicted_row = (3 - 3, 3 - 5, 5 - 5, 5 - 5, 5 - 2, 2 - 0, 0 - 0)


def sharpen(X, amount):
    """Add `amount` times the detail to the picture.

    X (H, W) -> Y (H - 2, W - 2), X's dtype. The detail is each pixel minus the 3x3
    Gaussian blur around it. Nothing is clipped.
    """
    middle = X[1:-1, 1:-1]
    smooth = torch.tensor([1.0, 2.0, 1.0]).to(X) / 4
    blurred = corr2d(X, torch.outer(smooth, smooth))
    return middle + amount * (middle - blurred)


def gradient_magnitude(X):
    """The strength of the edge at each pixel, whatever its direction.

    X (H, W) -> Y (H - 2, W - 2), X's dtype: the length of the gradient, from the two
    Sobel outputs.
    """
    sobel = torch.outer(torch.tensor([1.0, 2.0, 1.0]), torch.tensor([-1.0, 0.0, 1.0])).to(X)
    return torch.hypot(corr2d(X, sobel), corr2d(X, sobel.t()))


def combine_kernels(K1, K2):
    """The one kernel that does the work of K1 (a, b) followed by K2 (c, d).

    K (a + c - 1, b + d - 1), in K1's dtype and on its device, for which corr2d(X, K)
    equals corr2d(corr2d(X, K1), K2).
    """
    (a, b), (c, d) = K1.shape, K2.shape
    K = torch.zeros(a + c - 1, b + d - 1).to(K1)
    for m in range(c):
        for n in range(d):
            K[m : m + a, n : n + b] += K2[m, n] * K1
    return K


def _right_row():
    row = torch.tensor([3, 3, 5, 5, 5, 2, 0, 0])
    return tuple((-row.diff()).tolist())


def _right_sharpen(X, amount):
    down = (X[:-2] + 2 * X[1:-1] + X[2:]) / 4
    blurred = (down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]) / 4
    return (1 + amount) * X[1:-1, 1:-1] - amount * blurred


def _sharpen_cases(generator):
    point = torch.zeros(3, 4)
    point[1, 1] = 16
    yield point[:, :3], 2.0
    yield point, 1.0
    yield torch.tensor([0.0, 0.0, 4.0, 4.0]).expand(3, 4), 1.0
    yield torch.full((3, 3), 0.5), 1.0
    yield point, 0.0
    yield point.t(), -1.0
    for shape, amount in (((6, 9), 1.0), ((8, 3), 0.5), ((5, 12), 4.0)):
        yield torch.rand(shape, generator=generator), amount
        yield torch.rand(shape, generator=generator, dtype=torch.float64)[::2], amount


def _right_gradient_magnitude(X):
    across, down = X[:, 2:] - X[:, :-2], X[2:] - X[:-2]
    across = across[:-2] + 2 * across[1:-1] + across[2:]
    down = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    Y = (across**2 + down**2).sqrt()
    # The square root has no gradient at 0: only values are compared there.
    return Y if Y.all() else Y.detach()


def _gradient_magnitude_cases(generator):
    columns, rows = torch.arange(4.0), torch.arange(3.0)[:, None]
    yield (3 * columns[:3] + 4 * rows,)
    yield (3 * columns - 4 * rows,)
    yield (3 * columns.expand(3, 4),)
    yield (4 * rows.expand(3, 4),)
    yield (torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(3, 4),)
    yield (torch.full((3, 4), 0.5),)
    point = torch.zeros(5, 5)
    point[2, 2] = 1
    yield (point,)
    for shape in ((3, 3), (6, 9), (8, 4)):
        yield (torch.randn(shape, generator=generator).t(),)
        yield (torch.randn(shape, generator=generator, dtype=torch.float64),)


def _right_combine_kernels(K1, K2):
    return F.conv_transpose2d(K1[None, None], K2[None, None])[0, 0]


def _combine_kernels_cases(generator):
    difference = torch.tensor([[1.0, -1.0]])
    yield torch.tensor([[1.0, 2.0]]), difference
    yield difference, difference
    yield difference, difference.t()
    yield torch.tensor([[1.0], [2.0], [1.0]]), torch.tensor([[-1.0, 0.0, 1.0]])
    yield torch.tensor([[2.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    yield torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    yield torch.tensor([[1.0, 2.0]]).expand(2, 2), torch.tensor([[1.0], [3.0]])
    for first, second in (((3, 3), (3, 3)), ((2, 5), (4, 3)), ((1, 4), (5, 2))):
        for dtype in (torch.float32, torch.float64):
            yield tuple(
                torch.randn(shape, generator=generator, dtype=dtype) for shape in (first, second)
            )


def _gaussian(X):
    return _right_sharpen(X, -1)


def _sobel_pair(X):
    sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]).to(X)
    return corr2d(X, sobel), corr2d(X, sobel.t())


_ROW_MISTAKES = (
    Mistake((0, 2, 0, 0, -3, -2, 0), "The signs are turned: on which pixel does the 1 lie?"),
    Mistake(
        (0, 2, 0, 0, 3, 2, 0), "No number is negative here, though the row gets brighter once."
    ),
    Mistake(
        (0, -2, 0, 0, 3, 2, 0, 0), "Eight numbers: for the last one a right neighbour is missing."
    ),
    Mistake(
        (6, 8, 10, 10, 7, 2, 0), "These are sums of neighbours: the second weight is -1, not 1."
    ),
    Mistake(
        (0, -1, 0, 0, 1, 1, 0), "These only say which way it goes, not how large each step is."
    ),
)

_SHARPEN_MISTAKES = (
    Mistake(
        lambda X, amount: amount * (X[1:-1, 1:-1] - _gaussian(X)),
        "This is the detail alone: the picture it is to be added to is missing.",
    ),
    Mistake(
        lambda X, amount: _right_sharpen(X, -amount),
        "The detail is taken away instead of added: this blurs.",
    ),
    Mistake(
        lambda X, amount: X[1:-1, 1:-1] + amount * _gaussian(X),
        "This adds the blurred picture, not the detail.",
    ),
    Mistake(
        lambda X, amount: _right_sharpen(X, 1.0),
        "Each amount gives the same: is it used?",
    ),
    Mistake(
        lambda X, amount: _right_sharpen(X, amount).clamp(0, 1),
        "Values outside of [0, 1] are clipped: they are to stay.",
    ),
    Mistake(
        lambda X, amount: (1 + amount) * X[1:-1, 1:-1] - 16 * amount * _gaussian(X),
        "The blur is too bright: what do its numbers add up to?",
    ),
    Mistake(
        lambda X, amount: (
            (1 + amount) * X[1:-1, 1:-1] - amount * corr2d(X, torch.full((3, 3), 1 / 9).to(X))
        ),
        "The blur weighs its nine pixels alike: it is a box, not a Gaussian.",
    ),
)

_MAGNITUDE_MISTAKES = (
    Mistake(
        lambda X: sum(_sobel_pair(X)),
        "The two Sobel outputs are added: is that how long a vector is?",
    ),
    Mistake(
        lambda X: sum(Y.abs() for Y in _sobel_pair(X)),
        "The sizes of the two Sobel outputs are added: is that how long a vector is?",
    ),
    Mistake(
        lambda X: sum(Y**2 for Y in _sobel_pair(X)),
        "This is the square of the length.",
    ),
    Mistake(
        lambda X: _sobel_pair(X)[0].abs(),
        "Only sobel_x is used: edges from left to right are missing.",
    ),
    Mistake(
        lambda X: torch.stack(_sobel_pair(X)).abs().amax(dim=0),
        "This takes the larger of the two outputs: the other one counts, too.",
    ),
    Mistake(
        lambda X: torch.hypot(*_sobel_pair(X)) / 2**0.5,
        "This is the root of the mean of the squares.",
    ),
)

_COMBINE_MISTAKES = (
    Mistake(
        lambda K1, K2: _right_combine_kernels(K1, K2.flip(0, 1)),
        "The second kernel slides over the first without being turned by 180 degrees.",
    ),
    Mistake(
        lambda K1, K2: _right_combine_kernels(K1, K2).flip(0, 1),
        "The result is turned by 180 degrees.",
    ),
)

EXERCISES = {
    "predicted_row": Exercise(
        oracle=_right_row,
        difficulty=1,
        minutes=3,
        mistakes=_ROW_MISTAKES,
        hints=(
            "Eight numbers have seven pairs of neighbours.",
            "Each output is the left number of a pair minus the right one.",
            "The first three are 3 - 3, 3 - 5 and 5 - 5.",
        ),
    ),
    "sharpen": Exercise(
        oracle=_right_sharpen,
        cases=_sharpen_cases,
        difficulty=2,
        minutes=8,
        mistakes=_SHARPEN_MISTAKES,
        hints=(
            "You need two pictures of one size: the pixels in the middle of each window, "
            "and the blurred ones.",
            "X[1:-1, 1:-1] holds the middles. The kernel of the blur is the outer product of "
            "[1, 2, 1] / 4 with itself, `.to(X)`.",
            "detail = middle - blurred; how much of it is added to the middle?",
        ),
    ),
    "gradient_magnitude": Exercise(
        oracle=_right_gradient_magnitude,
        cases=_gradient_magnitude_cases,
        difficulty=2,
        minutes=6,
        mistakes=_MAGNITUDE_MISTAKES,
        hints=(
            "Two outputs of one size: one for each direction. They are the two sides of a right "
            "triangle; Pythagoras gives the third.",
            "Build sobel_x inside the function, `.to(X)`; the other kernel is its transpose.",
            "Square both outputs, add them, take the square root: (a**2 + b**2).sqrt(), "
            "or torch.hypot(a, b).",
        ),
    ),
    "combine_kernels": Exercise(
        oracle=_right_combine_kernels,
        cases=_combine_kernels_cases,
        difficulty=3,
        minutes=10,
        core=False,
        mistakes=_COMBINE_MISTAKES,
        hints=(
            "Work out [[1, -1]] followed by [[1, -1]] on paper: (x0 - x1) - (x1 - x2).",
            "K1[i, j] times K2[m, n] multiplies the pixel i + m rows down and j + n columns "
            "along: add each product to K[i + m, j + n].",
            "Start from zeros of shape (a + c - 1, b + d - 1), in K1's dtype. For each m and n, "
            "add K2[m, n] * K1 to the region K[m : m + a, n : n + b].",
        ),
    ),
}
