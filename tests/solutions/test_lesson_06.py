"""Lesson 06: what a learner may type."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from convlab import effective_receptive_field, receptive_field
from tests.support.answers import Answers, LessonAnswers, Wrong


def gradient_of(model, X, index):
    X = X.clone().requires_grad_()
    model(X)[(..., *index)].sum().backward()
    return X.grad


def box_of(seen):
    """The box around the places of a picture (..., axes) that are not 0."""
    places = seen.nonzero()
    return tuple(slice(min(axis), max(axis) + 1) for axis in places.T.tolist())


def box_by_packaged(model, X, index):
    return receptive_field(model, X.shape).box(index)


def box_changing_its_input(model, X, index):
    X.requires_grad_()
    model(X)[(..., *index)].sum().backward()
    return box_of(X.grad.sum((0, 1)))


def box_first_output(model, X, index):
    X = X.clone().requires_grad_()
    model(X)[(0, 0, *index)].backward()
    return box_of(X.grad.sum((0, 1)))


def box_first_input(model, X, index):
    return box_of(gradient_of(model, X, index)[0, 0])


def box_of_pairs(model, X, index):
    return tuple((one.start, one.stop) for one in box_by_axes(model, X, index))


def box_with_channels(model, X, index):
    return box_of(gradient_of(model, X, index))


def box_by_axes(model, X, index):
    seen = gradient_of(model, X, index).sum((0, 1)) != 0
    box = []
    for axis in range(seen.dim()):
        others = tuple(a for a in range(seen.dim()) if a != axis)
        along = seen.any(others[0]) if others else seen
        (places,) = along.nonzero(as_tuple=True)
        box.append(slice(int(places[0]), int(places[-1]) + 1))
    return tuple(box)


def box_by_effective(model, X, index):
    return box_of(effective_receptive_field(model, X, index).gradient)


def box_changing_the_model(model, X, index):
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    return box_by_axes(model, X, index)


def box_first_to_last(model, X, index):
    places = gradient_of(model, X, index).sum((0, 1)).nonzero().tolist()
    return tuple(slice(a, b + 1) for a, b in zip(places[0], places[-1], strict=True))


def box_of_large_gradients(model, X, index):
    return box_of(gradient_of(model, X, index).sum((0, 1)) > 1e-4)


def box_by_mask(model, X, index):
    X = X.detach().clone().requires_grad_()
    Y = model(X)
    unit = torch.zeros_like(Y)
    unit[(..., *index)] = 1
    Y.backward(unit)
    return box_of(X.grad.sum((0, 1)))


def box_as_list(model, X, index):
    return list(box_of(gradient_of(model, X, index)[0].abs().amax(0)))


def box_by_where(model, X, index):
    X = X.detach().clone().requires_grad_(True)
    unit = model(X)
    for i in index:
        unit = unit[:, :, i]
    (gradient,) = torch.autograd.grad(unit, X, torch.ones_like(unit))
    _, _, *axes = torch.where(gradient > 0)
    return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in axes)


def chain(net, dilations):
    for d in dilations:
        net.append(nn.Conv2d(1, 1, 3, padding=d, dilation=d))
    return net


def halves(size):
    """Dilations 1, 2, 4, ... and what is missing at the end."""
    rest, found = (size - 1) // 2, []
    while rest:
        found.append(min(2 ** len(found), rest))
        rest -= found[-1]
    return found


def by_powers_only(net, size):
    return chain(net, [2**n for n in range(int(math.log2((size + 1) / 2)) + 1)])


def without_padding(net, size):
    for d in halves(size):
        net.append(nn.Conv2d(1, 1, 3, dilation=d))
    return net


def with_holes(net, size):
    return chain(net, [(size - 1) // 2])


def of_its_own(net, size):
    return chain(nn.Sequential(), halves(size))


def forgets_return(net, size):
    chain(net, halves(size))


def in_place(net, size):
    for d in halves(size):
        net.add_module(str(len(net)), nn.Conv2d(1, 1, (3, 3), 1, d, d))
    return net


def by_extend(net, size):
    net.extend(nn.Conv2d(1, 1, 3, padding="same", dilation=d) for d in halves(size))
    return net


def largest_last(net, size):
    return chain(net, sorted(halves(size)))


def width_without_mean(kernels):
    total = 0.0
    for kernel in kernels:
        places = torch.arange(len(kernel)).to(kernel)
        total += float((kernel / kernel.sum() * places**2).sum())
    return math.sqrt(total)


def width_by_moments(kernels):
    total = 0.0
    for kernel in kernels:
        share, place = kernel / kernel.sum(), torch.arange(len(kernel)).to(kernel)
        total += share @ place**2 - (share @ place) ** 2
    return torch.as_tensor(total).sqrt()


def width_by_loop(kernels):
    total = 0.0
    for kernel in kernels:
        weights = kernel.tolist()
        mean = sum(i * w for i, w in enumerate(weights)) / sum(weights)
        total += sum((i - mean) ** 2 * w for i, w in enumerate(weights)) / sum(weights)
    return total**0.5


def width_by_network(kernels):
    field = torch.ones(1, 1, 1, dtype=torch.float64)
    for kernel in kernels:
        field = F.conv_transpose1d(field, (kernel / kernel.sum()).double()[None, None])
    share, place = field[0, 0], torch.arange(field.shape[2], dtype=torch.float64)
    return float((share * (place - share @ place) ** 2).sum().sqrt())


def width_by_variances(kernels):
    def variance(kernel):
        share, place = kernel / kernel.sum(), torch.arange(len(kernel)).to(kernel)
        return ((place - (share * place).sum()) ** 2 * share).sum().item()

    return math.sqrt(sum(map(variance, kernels)))


def width_around_the_middle(kernels):
    total = 0.0
    for kernel in kernels:
        places = torch.arange(len(kernel)) - (len(kernel) - 1) / 2
        total += float((kernel / kernel.sum() * places**2).sum())
    return math.sqrt(total)


def width_by_effective(kernels):
    net = nn.Sequential(*(nn.Conv1d(1, 1, len(k), bias=False) for k in kernels)).double()
    for layer, kernel in zip(net, kernels, strict=True):
        layer.weight.data = kernel.double()[None, None]
    X = torch.ones(1, 1, 1 + sum(len(k) - 1 for k in kernels)).double()
    return effective_receptive_field(net, X, 0).width[0]


def width_of_the_last(kernels):
    return width_by_loop(kernels[-1:])


def width_of_the_mean(kernels):
    return width_by_loop(kernels) / math.sqrt(len(kernels))


ANSWERS = {
    "predicted_fields": Answers(
        wrong=[
            Wrong((9, 9), "windows overlap"),
            Wrong((7, 7), "places further apart"),
            Wrong((7, 9), "not for the next one only"),
            Wrong((7, 13), "does not stretch its own windows"),
            Wrong((7, 15), "Only the first layer"),
            Wrong((11, 7), "come first"),
            Wrong((5, 7), "two layers"),
            Wrong((27, 54), "count each input once"),
            Wrong([7, 14], "not the whole field"),
        ],
        right=[(7, 11), [7, 11], torch.Size([7, 11]), (1 + 3 * 2, 3 + 2 * 4)],
    ),
    "measured_box": Answers(
        wrong=[
            Wrong(box_by_packaged, "that is the one you are building: receptive_field"),
            Wrong(box_first_input, "Only channel 0 of X"),
            Wrong(box_first_output, "not channel 0 alone"),
            Wrong(box_changing_its_input, "X was changed in place"),
            Wrong(box_by_effective, "that is the one you are building: effective_receptive_field"),
            Wrong(box_changing_the_model, "the model's weights were changed"),
            Wrong(box_first_to_last, "need not be a corner"),
            Wrong(box_of_large_gradients, "A small gradient counts"),
            Wrong(box_of_pairs),
            Wrong(box_with_channels),
            Wrong(lambda model, X, index: tuple(slice(i, i + 1) for i in index)),
        ],
        right=[box_by_axes, box_by_mask, box_as_list, box_by_where],
    ),
    "add_dilated": Answers(
        wrong=[
            Wrong(by_powers_only, "sees a box of"),
            Wrong(without_padding, "the picture must keep its size"),
            Wrong(with_holes, "the field has holes"),
            Wrong(of_its_own, "another module than the one that was given"),
            Wrong(forgets_return, "returned None"),
            Wrong(lambda net, size: chain(net, [1] * ((size - 1) // 2)), "more than six"),
            Wrong(lambda net, size: net),
        ],
        right=[in_place, by_extend, largest_last, lambda net, size: chain(net, halves(size))],
    ),
    "effective_width": Answers(
        wrong=[
            Wrong(width_without_mean, "from the mean of each kernel"),
            Wrong(lambda kernels: width_by_loop(kernels) ** 2, "not the standard deviation"),
            Wrong(lambda kernels: sum(width_by_loop([k]) for k in kernels), "do not add up"),
            Wrong(
                lambda kernels: math.sqrt(sum((len(k) ** 2 - 1) / 12 for k in kernels)),
                "for equal weights",
            ),
            Wrong(width_of_the_last),
            Wrong(width_of_the_mean, "this is their mean"),
            Wrong(width_around_the_middle, "not in the middle of the kernel"),
            Wrong(
                width_by_effective,
                "that is the one you are building: effective_receptive_field",
            ),
        ],
        right=[width_by_moments, width_by_loop, width_by_network, width_by_variances],
    ),
}


class TestLesson06(LessonAnswers):
    lesson, answers = "06", ANSWERS
