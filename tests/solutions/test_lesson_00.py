"""Lesson 00: what a learner may type for `double`."""

import torch

from tests.support.answers import Answers, LessonAnswers, Wrong


def in_place(X):
    X *= 2
    return X


def forgets_return(X):
    X * 2


def by_loop(X):
    Y = torch.empty(X.shape, dtype=X.dtype)
    for index in range(X.numel()):
        Y.view(-1)[index] = X.reshape(-1)[index] * 2
    return Y


ANSWERS = {
    "double": Answers(
        wrong=[
            Wrong(lambda X: X**2, "multiplies each element with itself"),
            Wrong(lambda X: X + 2, "adds 2"),
            Wrong(lambda X: torch.cat([X, X]), "puts X twice"),
            Wrong(lambda X: X),
            Wrong(lambda X: 2.0 * X, "wrong dtype"),
            Wrong(in_place, "X was changed in place"),
            Wrong(forgets_return, "returned None"),
            Wrong(lambda X: [2 * x for x in X], "returned list, expected a torch.Tensor"),
            Wrong(lambda X: torch.tensor([2.0, 4.0, 6.0])),
        ],
        right=[
            lambda X: X * 2,
            lambda X: X + X,
            lambda X: torch.add(X, X),
            lambda X: X.clone().mul_(2),
            lambda X: torch.stack([X, X]).sum(dim=0),
            by_loop,
        ],
    ),
}


class TestLesson00(LessonAnswers):
    lesson, answers = "00", ANSWERS
