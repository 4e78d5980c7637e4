"""Answers to the lesson on cross-correlation."""

import torch
import torch.nn.functional as F

from convlab import corr
from convlab.corr import corr2d
from convlab.solutions.exercise import Exercise, Mistake

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
    yield torch.tensor([0.0, 1.0, 3.0, 6.0]), torch.tensor([1.0, 2.0])
    yield torch.tensor([5.0, 1.0, 3.0]), torch.tensor([1.0, 0.0, -2.0])
    yield torch.tensor([1.0, -2.0, 4.0]), torch.tensor([3.0])
    yield torch.arange(12.0)[::2], torch.tensor([1.0, -1.0])[::1]
    yield torch.tensor([2.0]).expand(5), torch.tensor([1.0]).expand(3)
    for size, k in ((9, 4), (20, 5), (6, 6)):
        for dtype in (torch.float32, torch.float64):
            yield (
                torch.randn(size, generator=generator, dtype=dtype),
                torch.randn(k, generator=generator, dtype=dtype),
            )


def _pictures(generator):
    yield torch.arange(6.0).reshape(2, 3), torch.tensor([[1.0, 2.0], [0.0, -3.0]])
    yield torch.arange(8.0).reshape(2, 4), torch.tensor([[1.0, 0.0, -2.0]])
    yield torch.arange(6.0).reshape(3, 2), torch.tensor([[1.0], [3.0]])
    yield torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 0.0], [5.0, -1.0]])
    yield torch.tensor([[2.0, -1.0, 3.0]]), torch.tensor([[4.0]])
    yield torch.arange(12.0).reshape(3, 4).t(), torch.tensor([[1.0, 2.0, 3.0]]).t()
    yield torch.tensor([[1.0], [2.0], [4.0]]).expand(3, 4), torch.tensor([2.0]).expand(2, 2)
    for size, kernel in (((7, 9), (3, 4)), ((8, 5), (2, 5)), ((6, 6), (3, 3))):
        for dtype in (torch.float32, torch.float64):
            yield (
                torch.randn(size, generator=generator, dtype=dtype),
                torch.randn(kernel, generator=generator, dtype=dtype),
            )


def _torch_corr1d(X, K):
    return F.conv1d(X[None, None], K[None, None])[0, 0]


def _torch_corr2d(X, K):
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def _torch_full(X, K):
    """True convolution at all places where the kernel and X overlap."""
    return F.conv_transpose2d(X[None, None], K[None, None])[0, 0]


def _true_convolution(X, K):
    return _torch_full(X, K)[K.shape[0] - 1 : X.shape[0], K.shape[1] - 1 : X.shape[1]]


# Mistakes are judged as attempts are, so that they do without the functions that are refused.
def _slide1d(X, K, step=1):
    return (X.unfold(0, len(K), step) * K).sum(dim=1)


def _slide2d(X, K):
    return (_windows(X, K) * K).sum(dim=(2, 3))


def _windows(X, K, step=(1, 1)):
    return X.unfold(0, K.shape[0], step[0]).unfold(1, K.shape[1], step[1])


def _most_alike(X, T):
    """Pearson's correlation coefficient of each window in turn, in double precision."""
    best, place = -2.0, (0, 0)
    for row in range(X.shape[0] - T.shape[0] + 1):
        for column in range(X.shape[1] - T.shape[1] + 1):
            window = X[row : row + T.shape[0], column : column + T.shape[1]]
            plain = window.max() == window.min()
            pair = torch.stack([window.flatten(), T.flatten()]).double()
            score = 0.0 if plain else float(torch.corrcoef(pair)[0, 1])
            if score > best:
                best, place = score, (row, column)
    return place


def _place(score):
    return divmod(int(score.argmax()), score.shape[1])


def _middle(place, T):
    return tuple(corner + size // 2 for corner, size in zip(place, T.shape, strict=True))


def _score(X, T, mean=True, pattern_mean=True, norm=True, small=1e-6, power=0.5):
    """The score of `find_pattern`, with parts left out or changed as asked."""
    windows = _windows(X, T)
    windows = windows - windows.mean(dim=(2, 3), keepdim=True) if mean else windows
    T = T - T.mean() if pattern_mean else T
    norms = windows.square().sum(dim=(2, 3)) ** power * T.norm() if norm else 1
    return (windows * T).sum(dim=(2, 3)) / (norms + small)


# Signals of 9 and patterns of 3 on which a score without one of its parts finds another place.
_SHORT = (
    ([4.0, 0.0, 0.0, 6.0, 9.0, 9.0, 9.0, 9.0, 1.0], [1.0, 4.0, 4.0]),
    ([3.0, 0.0, 6.0, 6.0, 6.0, 5.0, 2.0, 0.0, 6.0], [1.0, 4.0, 0.0]),
    ([9.0, 9.0, 9.0, 2.0, 0.0, 4.0, 4.0, 2.0, 1.0], [5.0, 2.0, 4.0]),
    ([1.0, 6.0, 6.0, 8.0, 6.0, 9.0, 7.0, 1.0, 3.0], [0.0, 3.0, 1.0]),  # dim ones score 0.94, 0.76
    ([8.0, 8.0, 8.0, 7.0, 4.0, 3.0, 1.0, 1.0, 0.0], [1.0, 2.0, 4.0]),  # plain is the best there is
)


def _scenes(generator):
    for X, T in _SHORT:
        yield torch.tensor([X]), torch.tensor([T])
        yield torch.tensor([X]).t(), torch.tensor([T]).t()
    shape = torch.tensor([[0.0, 2.0], [3.0, 1.0], [0.0, 1.0]])
    scene = torch.zeros(6, 7)
    scene[0:3, 4:6] = 9.0  # bright and plain
    scene[0:3, 0:2] = 6.0 - 2.0 * shape  # its own negative, exact
    scene[3:6, 3:5] = 0.4 * shape + 0.2 * shape.flip(0) + 1  # dim and only similar
    yield scene, shape
    yield shape, shape  # as large as the picture
    for size, small, place in (((12, 15), (4, 3), (2, 9)), ((14, 10), (3, 5), (10, 5))):
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
        difficulty=1,
        minutes=3,
        mistakes=(
            Mistake((6, 5), "Rows and columns are swapped: rows come first."),
            Mistake((4, 5), "One too few each way: the place at the very start counts, too."),
            Mistake((6, 8), "A kernel of 2 x 2 cost one row and one column. This one is larger."),
            Mistake((7, 9), "That is the shape of X: the kernel would stick out at the end."),
            Mistake((3, 4), "That is the shape of the kernel. How many places does it fit in?"),
            Mistake((2, 2), "Windows may overlap: the kernel moves on by one row or column."),
            Mistake((7, 4), "Rows are counted with rows, 3 in 7, and columns with columns."),
            Mistake((10, 13), "The kernel must lie wholly inside X, so there are fewer places."),
            Mistake((9, 12), "There the kernel only overlaps X: it must lie wholly inside."),
            Mistake(30, "That is how many places there are. Asked is (rows, columns)."),
        ),
    ),
    "corr1d": Exercise(
        oracle=_torch_corr1d,
        cases=_signals,
        hints=(
            "Write corr2d again with one axis less: one loop, windows X[i : i + k].",
            "How many windows are there? len(X) - len(K) + 1.",
            "Fill Y = torch.zeros(len(X) - len(K) + 1, dtype=X.dtype, device=X.device) in a loop: "
            "Y[i] = (X[i : i + len(K)] * K).sum()",
        ),
        difficulty=2,
        minutes=6,
        mistakes=(
            Mistake(
                lambda X, K: _slide1d(X, K.flip(0)),
                "This takes the kernel's numbers from its end: that is true convolution.",
            ),
            Mistake(lambda X, K: _slide1d(X, K)[:-1], "The last window is missing."),
            Mistake(
                lambda X, K: _slide1d(X, K) / len(K),
                "This is the mean of the products, not their sum.",
            ),
            Mistake(
                lambda X, K: _slide1d(X, K, step=len(K)),
                "The kernel must move on by one number, so that windows overlap.",
            ),
            Mistake(
                lambda X, K: _slide1d(F.pad(X, (len(K) - 1, len(K) - 1)), K),
                "The kernel must lie wholly inside X, without zeros around it.",
            ),
            Mistake(lambda X, K: X.unfold(0, len(K), 1) * K, "The products are not added up."),
        ),
        ready=(F.conv1d, F.conv2d, corr.corr1d),
        instead="Slide the kernel yourself, with a loop or with X.unfold.",
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
        difficulty=2,
        minutes=5,
        mistakes=(
            Mistake(_slide2d, "This is the cross-correlation: the kernel is not turned."),
            Mistake(
                lambda X, K: _slide2d(X, K.flip(0)),
                "This only turns the kernel upside down. What does a half turn do to columns?",
            ),
            Mistake(
                lambda X, K: _slide2d(X, K.flip(1)),
                "This only turns the kernel left to right. What does a half turn do to rows?",
            ),
            Mistake(
                lambda X, K: _slide2d(X.flip(0, 1), K),
                "The numbers are right, each in the opposite place: X is turned, and so is Y.",
            ),
            Mistake(_torch_full, "The kernel must lie wholly inside X: these places are too many."),
        ),
        ready=(corr.convolve2d,),
        instead="Turn the kernel, then use corr2d.",
    ),
    "corr2d_windows": Exercise(
        oracle=_torch_corr2d,
        cases=_pictures,
        hints=(
            "Cut axis 0 into pieces as high as K and axis 1 into pieces as wide as K.",
            "windows has the shape (H - h + 1, W - w + 1, h, w), so windows * K multiplies each "
            "window with K.",
            "Sum over the last two axes: (windows * K).sum(dim=(2, 3))",
        ),
        difficulty=3,
        minutes=8,
        core=False,
        mistakes=(
            Mistake(
                lambda X, K: _slide2d(X, K.flip(0, 1)),
                "This is true convolution: leave the kernel as it is.",
            ),
            Mistake(
                lambda X, K: (_windows(X, K) * K).sum(dim=(0, 1)),
                "This sums over the places. Sum inside each window: which axes are those?",
            ),
            Mistake(
                lambda X, K: (_windows(X, K) * K).mean(dim=(2, 3)),
                "This is the mean of the products, not their sum.",
            ),
            Mistake(lambda X, K: _windows(X, K) * K, "The products are not added up."),
            Mistake(
                lambda X, K: (_windows(X, K.t()) * K).sum(dim=(2, 3)),
                "Height and width are swapped: cut axis 0, the rows, into pieces of h.",
            ),
            Mistake(
                lambda X, K: (_windows(X, K, step=K.shape) * K).sum(dim=(2, 3)),
                "The step must be 1, so that windows overlap.",
            ),
            Mistake(
                lambda X, K: (_windows(X, K) * K).sum(),
                "This adds up all windows to one number. Sum inside each window only.",
            ),
        ),
        ready=(F.conv2d, "corr2d", corr.corr2d, corr.corr2d_fft, corr.corr2d_loop),
        instead="Cut out all windows with X.unfold.",
        operations=lambda X, K: 10,
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
        difficulty=4,
        minutes=15,
        core=False,
        mistakes=(
            Mistake(
                lambda X, T: _place(_score(X, T, mean=False, pattern_mean=False, norm=False)),
                "Bright windows win: this is the plain sum, with all the light in it.",
            ),
            Mistake(
                lambda X, T: _place(_score(X, T, norm=False)),
                "Windows with much contrast win: the score is not divided by their norms.",
            ),
            Mistake(
                lambda X, T: _place(_score(X, T, mean=False, pattern_mean=False)),
                "The means are not taken away, from the windows and from T.",
            ),
            Mistake(
                lambda X, T: _place(_score(X, T).abs()),
                "abs() or a square lets a negative of T win. Its score is the lowest there is.",
            ),
            Mistake(
                lambda X, T: _place(_score(X, T, small=0)),
                "A plain window gives 0 / 0, NaN, which argmax takes for the highest value.",
            ),
            Mistake(
                lambda X, T: _place(_score(X, T, small=0).nan_to_num(-1)),
                "A plain window should score 0. That is more than a negative score.",
            ),
            Mistake(
                lambda X, T: _place(_score(X, T, power=1)),
                "Windows of little contrast win: the norm is a root, the sum of squares is not.",
            ),
            Mistake(lambda X, T: _place(-_score(X, T)), "This finds what is least like T."),
            Mistake(
                lambda X, T: _most_alike(X, T)[::-1],
                "Row and column are swapped.",
            ),
            Mistake(
                lambda X, T: _middle(_most_alike(X, T), T),
                "This is the window's middle. Asked is its top left corner.",
            ),
            Mistake(
                lambda X, T: int(_score(X, T).argmax()),
                "argmax counts through all rows: make a row and a column of it.",
            ),
            Mistake(
                lambda X, T: _place(-(_windows(X, T) - T).square().sum(dim=(2, 3))),
                "The smallest difference follows light and contrast, too. Use the score above.",
            ),
        ),
    ),
}
