"""Lesson 07: what a learner may type for its exercises on pooling."""

import torch
import torch.nn.functional as F

from convlab.nn import functional
from tests.support.answers import Answers, LessonAnswers, Wrong


def windows_of(X, k, s, p, value=0.0):
    X = F.pad(X, (p, p, p, p), value=value)
    return X.unfold(-2, k, s).unfold(-2, k, s)


def mean_by_windows(X, kernel_size, stride=None, padding=0):
    windows = windows_of(X, kernel_size, stride or kernel_size, padding)
    return windows.mean(dim=(-2, -1))


def mean_by_convolution(X, kernel_size, stride=None, padding=0):
    stride = kernel_size if stride is None else stride
    kernel = torch.full((1, 1, kernel_size, kernel_size), 1 / kernel_size**2, dtype=X.dtype)
    Y = F.conv2d(X.reshape(-1, 1, *X.shape[-2:]), kernel, stride=stride, padding=padding)
    return Y.reshape(*X.shape[:-2], *Y.shape[-2:])


def mean_by_stack(X, kernel_size, stride=None, padding=0):
    k, s = kernel_size, stride or kernel_size
    X = F.pad(X, (padding,) * 4)
    h, w = ((n - k) // s + 1 for n in X.shape[-2:])
    rows = [
        torch.stack(
            [X[..., i * s : i * s + k, j * s : j * s + k].mean((-1, -2)) for j in range(w)], -1
        )
        for i in range(h)
    ]
    return torch.stack(rows, -2)


def mean_by_rows_then_columns(X, kernel_size, stride=None, padding=0):
    s = stride or kernel_size
    X = F.pad(X, (padding,) * 4)
    return X.unfold(-1, kernel_size, s).mean(-1).unfold(-2, kernel_size, s).mean(-1)


def mean_rounded_up(X, kernel_size, stride=None, padding=0):
    s = stride or kernel_size
    X = F.pad(X, (padding, padding + s - 1, padding, padding + s - 1))
    return windows_of(X, kernel_size, s, 0).mean(dim=(-2, -1))


def mean_of_rows_only(X, kernel_size, stride=None, padding=0):
    s = stride or kernel_size
    return windows_of(X, kernel_size, s, padding)[..., 0, :].mean(-1)


def mean_with_stride_one_by_default(X, kernel_size, stride=1, padding=0):
    return mean_by_windows(X, kernel_size, stride, padding)


def mean_without_padding(X, kernel_size, stride=None, padding=0):
    return mean_by_windows(X, kernel_size, stride)


def reads_an_integer(X, kernel_size, stride=None, padding=0):
    return mean_by_windows(X, kernel_size, stride, padding).round()


def ready_pool(X, kernel_size, stride=None, padding=0):
    Y = F.avg_pool2d(X.reshape(-1, 1, *X.shape[-2:]), kernel_size, stride, padding)
    return Y.reshape(*X.shape[:-2], *Y.shape[-2:])


def ready_adaptive(X, kernel_size, stride=None, padding=0):
    size = tuple(n // kernel_size for n in X.shape[-2:])
    return F.adaptive_avg_pool2d(X[None], size)[0]


def ready_packaged(X, kernel_size, stride=None, padding=0):
    return functional.avg_pool2d(X[None], kernel_size, stride, padding)[0]


def ready_module(X, kernel_size, stride=None, padding=0):
    return torch.nn.AvgPool2d(kernel_size, stride, padding)(X[None])[0]


def maxima(X):
    return F.max_pool2d(X, 2, stride=1)


def kernel_for(X):
    steps = torch.tensor([1, 2, 1], dtype=X.dtype) / 4
    return torch.outer(steps, steps)


def blur_depthwise(X):
    Y = F.pad(maxima(X), (1, 1, 1, 1), mode="reflect")
    weight = kernel_for(X).repeat(X.shape[1], 1, 1, 1)
    return F.conv2d(Y, weight, groups=X.shape[1])[:, :, ::2, ::2]


def blur_planes(X):
    Y = F.pad(maxima(X), (1, 1, 1, 1), mode="reflect")
    N, C, H, W = Y.shape
    Z = F.conv2d(Y.reshape(N * C, 1, H, W), kernel_for(X)[None, None], stride=2)
    return Z.reshape(N, C, *Z.shape[-2:])


def blur_by_averages(X):
    Y = F.pad(maxima(X), (1, 1, 1, 1), mode="reflect")
    return F.avg_pool2d(F.avg_pool2d(Y, 2, 1), 2, 1)[..., ::2, ::2]


def blur_by_windows(X):
    Y = F.pad(maxima(X), (1, 1, 1, 1), mode="reflect")
    return (Y.unfold(2, 3, 2).unfold(3, 3, 2) * kernel_for(X)).sum((-2, -1))


def blur_by_loop(X):
    Y = F.pad(maxima(X), (1, 1, 1, 1), mode="reflect")
    K, (H, W) = kernel_for(X), X.shape[-2:]
    Z = X.new_zeros(*X.shape[:2], H // 2, W // 2)
    for i in range(H // 2):
        for j in range(W // 2):
            Z[:, :, i, j] = (Y[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] * K).sum((-2, -1))
    return Z


def blur_not_divided(X):
    return 16 * blur_depthwise(X)


def blur_with_box(X):
    return F.avg_pool2d(F.pad(maxima(X), (1, 1, 1, 1), mode="reflect"), 3, 2)


def blur_with_one_kernel(X):
    Y = F.pad(maxima(X), (1, 1, 1, 1), mode="reflect")
    return F.conv2d(Y, kernel_for(X)[None, None], stride=2)


def average_instead(X):
    Y = F.pad(F.avg_pool2d(X, 2, 1), (1, 1, 1, 1), mode="reflect")
    return F.conv2d(Y, kernel_for(X).repeat(X.shape[1], 1, 1, 1), stride=2, groups=X.shape[1])


def repeats_the_border(X):
    Y = F.pad(maxima(X), (1, 1, 1, 1), mode="replicate")
    return F.conv2d(Y, kernel_for(X).repeat(X.shape[1], 1, 1, 1), stride=2, groups=X.shape[1])


def pooled_at_stride_two(X):
    Y = F.pad(F.max_pool2d(X, 2), (1, 1, 1, 1), mode="reflect")
    return F.conv2d(Y, kernel_for(X).repeat(X.shape[1], 1, 1, 1), groups=X.shape[1])


def max_pool_only(X):
    return F.max_pool2d(X, 2)


def gradient_by_loop(G, indices, size):
    H, W = size
    gradient = torch.zeros(H, W, dtype=G.dtype)
    for i in range(G.shape[0]):
        for j in range(G.shape[1]):
            row, column = divmod(int(indices[i, j]), W)
            gradient[row, column] = gradient[row, column] + G[i, j]
    return gradient


def gradient_by_scatter(G, indices, size):
    flat = G.new_zeros(size[0] * size[1])
    return flat.scatter_add(0, indices.reshape(-1), G.reshape(-1)).view(size)


def gradient_by_put(G, indices, size):
    flat = torch.zeros(size[0] * size[1], dtype=G.dtype)
    return flat.index_put((indices.flatten(),), G.flatten(), accumulate=True).reshape(size)


def gradient_by_comparison(G, indices, size):
    places = torch.arange(size[0] * size[1])
    return (G.flatten()[:, None] * (indices.flatten()[:, None] == places)).sum(0).reshape(size)


def gradient_by_matrix(G, indices, size):
    winners = torch.nn.functional.one_hot(indices.flatten(), size[0] * size[1])
    return (winners.T.to(G.dtype) @ G.reshape(-1)).reshape(size)


def gradient_by_numbers(G, indices, size):
    rows = torch.zeros(size, dtype=G.dtype)
    for value, place in zip(G.flatten().tolist(), indices.flatten().tolist(), strict=True):
        rows[place // size[1], place % size[1]] += value
    return rows


def gradient_assigned(G, indices, size):
    flat = torch.zeros(size[0] * size[1], dtype=G.dtype)
    flat[indices.flatten()] += G.flatten()
    return flat.reshape(size)


def gradient_flat(G, indices, size):
    return gradient_by_scatter(G, indices, size).flatten()


def gradient_unpooled(G, indices, size):
    return F.max_unpool2d(G[None], indices[None], 2, 2, output_size=size)[0]


def gradient_negative(G, indices, size):
    return -gradient_by_scatter(G, indices, size)


def gradient_in_float32(G, indices, size):
    flat = torch.zeros(size[0] * size[1])
    return flat.index_add(0, indices.flatten(), G.flatten().float()).reshape(size)


def gradient_transposed(G, indices, size):
    rows, columns = indices % size[1], indices // size[1]
    return gradient_by_scatter(G, rows * size[0] + columns, (size[1], size[0]))


def gradient_by_autograd(G, indices, size):
    X = torch.zeros(size[0] * size[1], dtype=G.dtype, requires_grad=True)
    X[indices].backward(G.detach())
    return X.grad.reshape(size)


ANSWERS = {
    "avg_pool2d": Answers(
        wrong=[
            Wrong(ready_pool, "that is the one you are building: F.avg_pool2d"),
            Wrong(ready_adaptive, "that is the one you are building: F.adaptive_avg_pool2d"),
            Wrong(ready_packaged, "that is the one you are building: avg_pool2d"),
            Wrong(ready_module, "that is the one you are building"),
            Wrong(
                lambda X, kernel_size, stride=None, padding=0: mean_by_windows(
                    X, kernel_size, stride or 1, padding
                ),
                "moves by 1",
            ),
            Wrong(mean_with_stride_one_by_default),
            Wrong(mean_rounded_up),
            Wrong(mean_of_rows_only),
            Wrong(mean_without_padding),
            Wrong(reads_an_integer),
        ],
        right=[
            mean_by_windows,
            mean_by_convolution,
            mean_by_stack,
            mean_by_rows_then_columns,
        ],
    ),
    "pooled_widths": Answers(
        wrong=[
            Wrong((6, 3, 5), "stride 1"),
            Wrong((3, 4, 5), "rounds up"),
            Wrong((1, 2, 4), "steps between the windows"),
            Wrong((2, 3, 4), "both sides"),
            Wrong((2, 3), "expected a tuple of 3 values"),
            Wrong((2.25, 3.5, 5.0), "1 of 3"),
        ],
        right=[(2, 3, 5), [2, 3, 5], (2, 3, torch.tensor(5)), (9 // 4, 5 // 2 + 1, 8 // 2 + 1)],
    ),
    "max_blur_pool2d": Answers(
        wrong=[
            Wrong(max_pool_only),
            Wrong(blur_not_divided),
            Wrong(blur_with_box),
            Wrong(blur_with_one_kernel, "RuntimeError"),
            Wrong(average_instead),
            Wrong(repeats_the_border),
            Wrong(pooled_at_stride_two, "skips every second window already"),
            Wrong(maxima, "wrong shape"),
        ],
        right=[blur_depthwise, blur_planes, blur_by_averages, blur_by_windows, blur_by_loop],
    ),
    "max_pool_gradient": Answers(
        wrong=[
            Wrong(gradient_assigned, "won twice"),
            Wrong(gradient_flat, "wrong shape"),
            Wrong(gradient_unpooled),
            Wrong(gradient_negative),
            Wrong(gradient_in_float32, "wrong dtype"),
            Wrong(gradient_transposed, "wrong shape"),
            Wrong(gradient_by_autograd, "that is the one you are building: Tensor.backward"),
        ],
        right=[
            gradient_by_loop,
            gradient_by_scatter,
            gradient_by_put,
            gradient_by_comparison,
            gradient_by_numbers,
            gradient_by_matrix,
        ],
    ),
}


class TestLesson07(LessonAnswers):
    lesson, answers = "07", ANSWERS
