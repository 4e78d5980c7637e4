"""Lesson 04: what a learner may type."""

import torch
from torch import nn
from torch.nn import functional as F

from convlab import corr2d
from tests.support.answers import Answers, LessonAnswers, Wrong


def gradient(weight, X, Y, reduce=torch.sum):
    weight = weight.clone().requires_grad_()
    reduce((corr2d(X, weight) - Y) ** 2).backward()
    return weight.grad


def step_in_place(weight, X, Y, lr):
    weight -= lr * gradient(weight, X, Y)
    return weight


def step_by_autograd(weight, X, Y, lr):
    weight = weight.detach().requires_grad_()
    loss = (corr2d(X, weight) - Y).square().sum()
    (slope,) = torch.autograd.grad(loss, weight)
    return (weight - lr * slope).detach()


def step_by_optimizer(weight, X, Y, lr):
    weight = nn.Parameter(weight.clone())
    optimizer = torch.optim.SGD([weight], lr=lr)
    F.mse_loss(corr2d(X, weight), Y, reduction="sum").backward()
    optimizer.step()
    return weight.detach()


def step_by_hand(weight, X, Y, lr):
    wrong = corr2d(X, weight) - Y
    return weight - lr * 2 * corr2d(X, wrong)  # the loss is a sum: its slope is a correlation


def step_by_functional_gradient(weight, X, Y, lr):
    slope = torch.func.grad(lambda w: ((corr2d(X, w) - Y) ** 2).sum())(weight)
    return weight - lr * slope


def step_without_return(weight, X, Y, lr):
    weight - lr * gradient(weight, X, Y)


def learn(X, Y, kernel_size, lr, steps, loss=None, zero=True, start=nn.init.zeros_, bias=False):
    conv = nn.Conv2d(1, 1, kernel_size, bias=bias).to(X)
    start(conv.weight)
    optimizer = torch.optim.SGD(conv.parameters(), lr=lr)
    loss = loss or nn.MSELoss(reduction="sum")
    for _ in range(steps):
        if zero:
            optimizer.zero_grad()
        loss(conv(X[:, None])[:, 0], Y).backward()
        optimizer.step()
    return conv.weight[0, 0]


def learn_by_corr2d(X, Y, kernel_size, lr, steps):
    weight = torch.zeros(kernel_size, dtype=X.dtype, requires_grad=True)
    for _ in range(steps):
        loss = sum(((corr2d(x, weight) - y) ** 2).sum() for x, y in zip(X, Y, strict=True))
        weight.grad = None
        loss.backward()
        with torch.no_grad():
            weight -= lr * weight.grad
    return weight.detach()


def learn_by_steps(X, Y, kernel_size, lr, steps):
    weight = torch.zeros(kernel_size).to(X)
    for _ in range(steps):
        weight = weight - lr * sum(gradient(weight, x, y) for x, y in zip(X, Y, strict=True))
    return weight


def learn_functional(X, Y, kernel_size, lr, steps):
    weight = nn.Parameter(torch.zeros(1, 1, *kernel_size, dtype=X.dtype))
    optimizer = torch.optim.SGD([weight], lr)
    for _ in range(steps):
        loss = ((F.conv2d(X.unsqueeze(1), weight).squeeze(1) - Y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return weight.detach().squeeze(0, 1)


def learn_in_steps_of_one_picture(X, Y, kernel_size, lr, steps):
    weight = torch.zeros(kernel_size).to(X)
    for _ in range(steps):
        for x, y in zip(X, Y, strict=True):
            weight = weight - lr * gradient(weight, x, y)
    return weight


def rows(X, kernel_size):
    h, w = kernel_size
    return X.unfold(0, h, 1).unfold(1, w, 1).reshape(-1, h * w)


def eigenvalues(X, kernel_size):
    A = rows(X, kernel_size)
    return torch.linalg.eigvalsh(2 * A.T @ A)


def limit_by_shifts(X, kernel_size):
    h, w = kernel_size
    H, W = X.shape
    columns = [
        X[a : a + H - h + 1, b : b + W - w + 1].flatten() for a in range(h) for b in range(w)
    ]
    A = torch.stack(columns, dim=1)
    return 2 / torch.linalg.eigvalsh(2 * A.T @ A).max()


def limit_by_singular_values(X, kernel_size):
    return 1 / torch.linalg.svdvals(rows(X, kernel_size))[0].item() ** 2


def limit_by_hessian(X, kernel_size):
    def loss(w):
        return (corr2d(X, w) ** 2).sum()

    count = kernel_size[0] * kernel_size[1]
    at = torch.zeros(kernel_size, dtype=X.dtype)
    hessian = torch.autograd.functional.hessian(loss, at).reshape(count, count)
    return 2 / torch.linalg.eigvalsh(hessian)[-1].item()


def limit_by_outer_products(X, kernel_size):
    A = F.unfold(X[None, None], kernel_size)[0].T
    return 2 / torch.linalg.eigvalsh(2 * A @ A.T)[-1]


def fit(X, Y, kernel_size):
    return torch.linalg.lstsq(rows(X, kernel_size), Y.reshape(-1, 1)).solution.reshape(kernel_size)


def fit_by_normal_equations(X, Y, kernel_size):
    A = rows(X, kernel_size).double()
    kernel = torch.linalg.solve(A.T @ A, A.T @ Y.double().flatten())
    return kernel.reshape(kernel_size).to(X.dtype)


def fit_by_pseudoinverse(X, Y, kernel_size):
    return (torch.linalg.pinv(rows(X, kernel_size)) @ Y.flatten()).view(kernel_size)


def fit_by_qr(X, Y, kernel_size):
    Q, R = torch.linalg.qr(rows(X, kernel_size))
    return torch.linalg.solve_triangular(R, Q.T @ Y.reshape(-1, 1), upper=True).view(kernel_size)


def fit_by_descent(X, Y, kernel_size):
    rate = limit_by_singular_values(X, kernel_size) / 2
    return learn_by_steps(X[None], Y[None], kernel_size, rate, 100)


def fit_the_first_output(X, Y, kernel_size):
    first = torch.linalg.pinv(rows(X, kernel_size)[:1])
    return (first @ Y.flatten()[:1]).reshape(kernel_size)


ANSWERS = {
    "first_loss": Answers(
        wrong=[
            Wrong(3, "This is one row"),
            Wrong(24.0, "but how many rows"),
            Wrong(18 / 42, "This is the mean"),
            Wrong(9, "no factor 1/2"),
            Wrong(42, "Y was added"),
            Wrong(12, "was missed"),
        ],
        right=[18, 18.0, torch.tensor(18.0), 6 * 3],
    ),
    "gradient_step": Answers(
        wrong=[
            Wrong(lambda weight, X, Y, lr: weight + lr * gradient(weight, X, Y), "up the slope"),
            Wrong(
                lambda weight, X, Y, lr: weight - lr * gradient(weight, X, Y, torch.mean),
                "the mean of the squares",
            ),
            Wrong(lambda weight, X, Y, lr: weight - gradient(weight, X, Y), "where is lr?"),
            Wrong(lambda weight, X, Y, lr: gradient(weight, X, Y), "This is the gradient"),
            Wrong(lambda weight, X, Y, lr: lr * gradient(weight, X, Y), "the step alone"),
            Wrong(step_in_place, "in place"),
            Wrong(step_without_return, "returned None"),
            Wrong(lambda weight, X, Y, lr: weight - lr * (corr2d(X, weight) - Y).sum()),
        ],
        right=[
            lambda weight, X, Y, lr: weight - lr * gradient(weight, X, Y),
            step_by_autograd,
            step_by_optimizer,
            step_by_hand,
            step_by_functional_gradient,
        ],
    ),
    "batch_limit": Answers(
        wrong=[
            Wrong(1 / 30, "limit for one picture"),
            Wrong(4 / 30, "larger limit"),
            Wrong(120, "upside down"),
            Wrong(1 / 240, "1 over the steepness"),
            Wrong(0.0083, "rounded"),
            Wrong(1 / 480, "Too small"),
        ],
        right=[1 / 120, 2 / 240, 1 / 30 / 4, torch.tensor(1 / 120)],
    ),
    "learn_kernel": Answers(
        wrong=[
            Wrong(lambda *given: learn(*given, start=lambda w: w), "does not start from zeros"),
            Wrong(lambda *given: learn(*given, loss=F.mse_loss), "the mean of the squares"),
            Wrong(lambda *given: learn(*given, zero=False), "never zeroed"),
            Wrong(
                lambda *given: learn(*given, loss=lambda Z, Y: ((Z[:, None] - Y) ** 2).sum()),
                "Each output is compared with each Y",
            ),
            Wrong(lambda *given: learn(*given, bias=True), "has a bias"),
            Wrong(
                lambda *given: learn(*given, loss=lambda Z, Y: ((Z - Y) ** 2).sum() / len(Y)),
                "divided by the number of pictures",
            ),
            Wrong(lambda X, Y, *given: learn(X[:1], Y[:1], *given), "first picture only"),
            Wrong(lambda X, Y, k, lr, steps: learn(X, Y, k, lr, steps + 1), "one step too many"),
            Wrong(learn_in_steps_of_one_picture),
            Wrong(lambda *given: learn(*given)[None, None], "wrong shape"),
        ],
        right=[learn, learn_by_corr2d, learn_by_steps, learn_functional],
    ),
    "rate_limit": Answers(
        wrong=[
            Wrong(lambda X, k: 1 / eigenvalues(X, k)[-1], "1 over the largest"),
            Wrong(lambda X, k: 4 / eigenvalues(X, k)[-1], "not yet the Hessian"),
            Wrong(lambda X, k: 2 / eigenvalues(X.double(), k)[0], "the smallest eigenvalue"),
            Wrong(lambda X, k: 2 / eigenvalues(X, k).sum(), "the sum of all"),
            Wrong(lambda X, k: eigenvalues(X, k)[-1].item(), "an eigenvalue, not a rate"),
            Wrong(lambda X, k: 2 / eigenvalues(X, k[::-1])[-1]),
            Wrong(lambda X, k: 1.8 / eigenvalues(X, k)[-1], "expected 0.2, got 0.18"),
            Wrong(lambda X, k: 2 / eigenvalues(X, k), "expected a number"),
            Wrong(lambda X, k: 1 / 30),
        ],
        right=[
            lambda X, k: 2 / eigenvalues(X, k)[-1],
            limit_by_shifts,
            limit_by_singular_values,
            limit_by_hessian,
            limit_by_outer_products,
        ],
    ),
    "fit_kernel": Answers(
        wrong=[
            Wrong(lambda X, Y, k: fit(X, Y, k).flip(0, 1), "turned by 180 degrees"),
            Wrong(lambda X, Y, k: (rows(X, k).T @ Y.reshape(-1, 1)).reshape(k), "A.T @ y"),
            Wrong(lambda X, Y, k: fit(X, Y - Y.mean(), k), "mean of Y"),
            Wrong(lambda X, Y, k: fit(X, Y, k).flatten(), "wrong shape"),
            Wrong(lambda X, Y, k: fit(X, Y, k).t(), "wrong shape"),
            Wrong(fit_the_first_output),
            Wrong(lambda X, Y, k: learn(X[None], Y[None], k, 0.01, 10)),
            Wrong(fit_by_descent, "wrong values"),
        ],
        right=[fit, fit_by_normal_equations, fit_by_pseudoinverse, fit_by_qr],
    ),
}


class TestLesson04(LessonAnswers):
    lesson, answers = "04", ANSWERS
