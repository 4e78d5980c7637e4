"""What judges an answer: typical mistakes, ready functions, cost, layers, starts, order."""

import functools
import inspect

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convlab import conv_output_size, receptive_field
from convlab.exercises.compare import difference
from convlab.exercises.cost import Cost
from convlab.exercises.judge import judge
from convlab.exercises.messages import RIGHT, WRONG
from convlab.exercises.starts import start_problem
from convlab.solutions.exercise import Constant, Mistake, Normal, Uniform
from tests.support.answers import easy


def correlation(X, K):
    windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
    return torch.einsum("ijmn,mn->ij", windows, K)


def oracle(X, K):
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def pairs(generator):
    yield torch.randn(5, 6, generator=generator), torch.randn(2, 3, generator=generator)
    yield torch.arange(6.0).reshape(2, 3), torch.tensor([[1.0, 10.0]])
    yield torch.randn(4, 4, generator=generator), torch.randn(2, 2, generator=generator)


def exercise(**settings):
    return easy(**{"oracle": oracle, "hints": (), "cases": pairs} | settings)


def judged(attempt, **settings):
    answer = attempt if inspect.isclass(attempt) else settings.get("oracle", correlation)
    return judge(exercise(**settings), answer, attempt)


class TestMistakes:
    TURNED = Mistake(lambda X, K: correlation(X, K.flip(0, 1)), "The kernel is turned.")
    MEAN = Mistake(lambda X, K: correlation(X, K) / K.numel(), "This is the mean.")

    def test_the_sentence_comes_first_then_the_case_that_is_easiest_to_read(self):
        turned = lambda X, K: F.conv2d(X[None, None], K.flip(0, 1)[None, None])[0, 0]  # noqa: E731
        verdict = judged(turned, mistakes=(self.MEAN, self.TURNED))
        assert verdict.mark == WRONG
        first, second, *_ = verdict.message.splitlines()
        assert first == "The kernel is turned."
        assert second == "  wrong values:"
        assert verdict.shown["K"].tolist() == [[1.0, 10.0]]

    def test_only_what_agrees_in_every_case_is_named(self):
        def turned_if_small(X, K):
            return correlation(X, K.flip(0, 1) if K.numel() < 5 else K + 1)

        assert judged(turned_if_small, mistakes=(self.TURNED,)).message.startswith("wrong values")

    def test_an_error_is_a_mistake_too(self):
        def transposed(X, K):
            return correlation(X, K.t())

        mistake = Mistake(lambda X, K: oracle(X, K.t()), "The kernel is transposed.")
        assert judged(transposed, mistakes=(mistake,)).message.startswith("The kernel is transp")

    def test_what_an_argument_is_left_as_is_compared_too(self):
        def cases(generator):
            for wanted in (2, 3):
                net = nn.Sequential()
                yield net, wanted
                if len(net) != wanted:
                    raise ValueError(f"{len(net)} layers, expected {wanted}")

        def filled(count):
            return lambda net, wanted: net.extend([nn.ReLU() for _ in range(count(wanted))])

        settings = {"oracle": lambda net, wanted: net, "cases": cases}
        settings["mistakes"] = (
            Mistake(filled(lambda wanted: 2 * wanted), "Twice as many."),
            Mistake(filled(lambda wanted: wanted + 1), "One too many."),
        )
        assert judged(filled(lambda wanted: wanted), **settings).mark == RIGHT
        message = judged(filled(lambda wanted: 1 + wanted), **settings).message
        assert message.startswith("One too many.\n  3 layers, expected 2\n")
        message = judged(filled(lambda wanted: 7), **settings).message
        assert message.startswith("7 layers, expected 2\n")

    def test_right_values_with_another_fault_are_another_mistake(self):
        def spoils(name):
            def attempt(X, K):
                Y = correlation(X, K)
                {"X": X, "K": K}[name].zero_()
                return Y

            return attempt

        mistakes = (Mistake(spoils("X"), "X is gone."), Mistake(spoils("K"), "K is gone."))
        message = judged(spoils("K"), mistakes=mistakes).message
        assert message.startswith("K is gone.\n  K was changed in place")

    def test_a_right_answer_hears_nothing(self):
        assert judged(correlation, mistakes=(self.TURNED,)).message == "right on 3 inputs"

    @pytest.mark.parametrize("value", [(3, 2), [3, 2], torch.Size([3, 2])])
    def test_of_a_plain_answer(self, value):
        swapped = Mistake((3, 2), "Rows come first.")
        plain = easy(lambda: (2, 3), (), mistakes=(Mistake((2, 2), "No."), swapped))
        assert judge(plain, (2, 3), value).message.startswith("Rows come first.\n  ")
        assert "Rows" not in judge(plain, (2, 3), (4, 2)).message


def stamp(X, K):
    return oracle(X, K)


def by_ops(X, K):
    return torch.ops.aten.conv2d(X[None, None], K[None, None])[0, 0]


def by_overload(X, K):
    return torch.ops.aten.conv2d.default(X[None, None], K[None, None])[0, 0]


def by_layer(X, K):
    layer = nn.Conv2d(1, 1, K.shape, bias=False, dtype=K.dtype)
    return F.conv2d(X[None, None], K[None, None])[0, 0] + 0 * layer(X[None, None]).sum()


def by_partial(X, K):
    return next(map(functools.partial(torch.conv2d, X[None, None]), [K[None, None]]))[0, 0]


def in_secret(X, K):
    try:
        return stamp(X, K)
    except BaseException:
        return correlation(X, K)


class TestReady:
    @pytest.mark.parametrize("attempt", [oracle, by_ops, by_overload, by_layer, by_partial, stamp])
    def test_torch_s_function_by_any_way(self, attempt):
        verdict = judged(attempt, ready=(F.conv2d,), instead="Use windows.")
        assert verdict.mark == WRONG
        assert verdict.message == "that is the one you are building: F.conv2d. Use windows."

    @pytest.mark.parametrize("attempt", [stamp, in_secret])
    def test_a_function_of_the_lesson_by_its_name(self, attempt):
        message = judged(attempt, ready=("stamp",)).message
        assert message.startswith("that is the one you are building: stamp")

    def test_what_is_not_listed_may_be_used(self):
        assert judged(correlation, ready=(F.conv2d, F.conv_transpose2d, "stamp")).mark == RIGHT
        assert judged(oracle, ready=(F.conv_transpose2d, torch.Tensor.unfold)).mark == RIGHT

    def test_a_method(self):
        message = judged(correlation, ready=(torch.Tensor.unfold,)).message
        assert message.startswith("that is the one you are building: Tensor.unfold")

    @pytest.mark.parametrize(
        ("ready", "attempt"),
        [
            (F.softplus, F.softplus),
            (F.softplus, lambda X: nn.Softplus()(X)),
            (F.max_pool2d, lambda X: torch.max_pool2d(X[None], 2)[0]),
            (F.unfold, lambda X: F.unfold(X[None, None], 2)),
            (conv_output_size, lambda X: X * conv_output_size(3, 3)),
            (conv_output_size, conv_output_size),
        ],
    )
    def test_functions_of_one_argument(self, ready, attempt):
        def cases(generator):
            yield (torch.ones(2, 2),)

        settings = {"oracle": lambda X: X + 1, "cases": cases, "ready": (ready,)}
        assert (
            f"building: {['F.', ''][ready is conv_output_size]}"
            in judged(attempt, **settings).message
        )

    def test_a_method_of_convlab(self):
        field = type(receptive_field(nn.Conv2d(1, 1, 3), (1, 1, 8, 8)))

        def box(X, K):
            receptive_field(nn.Conv2d(1, 1, 3), (1, 1, 8, 8)).box((0, 0))
            return correlation(X, K)

        assert "building: box" in judged(box, ready=(field.box,)).message

    def test_in_a_class(self):
        class Layer(nn.Module):
            def forward(self, X):
                return F.relu(X)

        settings = {"oracle": nn.ReLU, "cases": lambda generator: [((), (torch.ones(2),))]}
        assert judged(Layer, **settings).mark == RIGHT
        assert "building: F.relu" in judged(Layer, ready=(F.relu,), **settings).message


X, K = torch.ones(6, 7), torch.ones(2, 3)
PRODUCTS = 5 * 5 * 6


class TestCost:
    @pytest.mark.parametrize(
        "call",
        [
            lambda: oracle(X, K),
            lambda: correlation(X, K),
            lambda: F.unfold(X[None, None], (2, 3))[0].T @ K.flatten(),
            lambda: K.reshape(1, 6) @ F.unfold(X[None, None], (2, 3))[0],
            lambda: (X.unfold(0, 2, 1).unfold(1, 3, 1) * K).sum((2, 3)),
            lambda: [(X[i : i + 2, j : j + 3] * K).sum() for i in range(5) for j in range(5)],
            lambda: (
                [X[i, j : j + 3] @ K[0] for i in range(10 // 2) for j in range(5)] * 2
                + [X[i, j : j + 3] @ K[1] for i in range(5) for j in range(5)]
            ),
        ],
    )
    def test_a_correlation_costs_the_same_in_every_style(self, call):
        with Cost() as spent:
            call()
        assert spent.multiplications == PRODUCTS

    def test_gradients_groups_and_transposed_convolutions(self):
        with Cost() as spent:
            F.conv2d(torch.ones(1, 4, 5, 5), torch.ones(4, 1, 3, 3), groups=4)
        assert spent.multiplications == 4 * 9 * 9
        with Cost() as spent:
            F.conv_transpose2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))
        assert spent.multiplications == 9 * 4

    def test_too_many_are_refused_and_counted_with_commas(self):
        def twice(X, K):
            return (correlation(X, K) + correlation(X, K)) / 2

        def most(X, K):
            return 1000 * (X.shape[0] - K.shape[0] + 1) * (X.shape[1] - K.shape[1] + 1) * K.numel()

        assert judged(twice, multiplications=most).mark == RIGHT
        verdict = judged(twice, multiplications=lambda X, K: most(X, K) // 1000)
        assert verdict.message.startswith("20 multiplications where 8 do\n")

    def test_a_loop_shows_in_the_operations(self):
        def loop(X, K):
            rows, columns = X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1
            places = [(i, j) for i in range(rows) for j in range(columns)]
            windows = [X[i : i + K.shape[0], j : j + K.shape[1]] for i, j in places]
            return torch.stack([(w * K).sum() for w in windows]).reshape(rows, columns)

        assert judged(correlation, operations=lambda X, K: 6).mark == RIGHT
        message = judged(loop, operations=lambda X, K: 6).message
        assert "operations where 6 do: is there still a loop?" in message


class Follower(nn.Module):
    """Two layers, of which `order` says which are called."""

    order = ("one", "two")

    def __init__(self, channels):
        super().__init__()
        self.one = nn.Linear(channels, channels)
        self.two = nn.Tanh()

    def forward(self, X):
        for name in self.order:
            X = getattr(self, name)(X)
        return X


class NeverTwo(Follower):
    def forward(self, X):
        return torch.tanh(self.one(X))


class TwiceTwo(Follower):
    order = ("one", "two", "two")


class ReluBefore(Follower):
    def forward(self, X):
        return self.two(self.one(X).relu())


class OtherTwo(Follower):
    def __init__(self, channels):
        super().__init__(channels)
        self.two = nn.Sigmoid()


class NoTwo(NeverTwo):
    def __init__(self, channels):
        super().__init__(channels)
        del self.two


class TestLayers:
    @staticmethod
    def judged(attempt):
        def cases(generator):
            for channels in (3, 2):
                yield (channels,), (torch.randn(1, channels, generator=generator),)

        return judged(attempt, oracle=Follower, cases=cases, layers=("one", "two"))

    def test_right(self):
        assert self.judged(type("Same", (Follower,), {})).mark == RIGHT

    @pytest.mark.parametrize(
        ("attempt", "message"),
        [
            (NeverTwo, "self.two is never called in forward"),
            (TwiceTwo, "self.two is called twice in one forward, expected 1"),
            (ReluBefore, "the first that differs is what goes into two: wrong values"),
            (OtherTwo, "the first that differs is what two gives: wrong values"),
            (NoTwo, "no layer called two (found: one): set self.two"),
        ],
    )
    def test_the_first_that_differs_is_named(self, attempt, message):
        verdict = self.judged(attempt)
        assert verdict.message.startswith(message)
        assert verdict.shown["channels"] == 2

    def test_a_class_s_arguments_have_their_names(self):
        class Wrong(Follower):
            def forward(self, X):
                return X

        assert "\n  channels = 2\n  X = tensor(" in self.judged(Wrong).message


def layer_of(**starts):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            for name, start in starts.items():
                setattr(self, name, nn.Parameter(start()))

    return Layer


SEEDED = torch.rand(4, 2, 2, generator=torch.Generator().manual_seed(0))


UNIFORM = {"weight": Uniform(0, 1)}


class TestStarts:
    @pytest.mark.parametrize(
        "start",
        [
            lambda: torch.rand(3, 2, 2),
            lambda: torch.rand(1),
            lambda: torch.empty(5, 4).uniform_(),
            lambda: torch.stack([torch.rand(2, 2) for _ in range(3)]),
            lambda: 1 - torch.rand(3),
        ],
    )
    def test_uniform(self, start):
        assert start_problem(layer_of(weight=start), UNIFORM) is None

    @pytest.mark.parametrize(
        ("start", "problem"),
        [
            (lambda: torch.randn(3, 2, 2), "it lies between -"),
            (lambda: 10 * torch.rand(3, 2, 2) - 5, "it lies between -5 and 5"),
            (lambda: torch.zeros(3, 2, 2), "every new layer starts with the same numbers"),
            (lambda: SEEDED.clone(), "every new layer starts with the same numbers"),
            (lambda: torch.rand(1).expand(3, 2).clone(), "all elements of a layer start with the"),
            (lambda: torch.rand(2, 2).repeat(3, 1, 1), "weight[0, 0, 0] and weight[1, 0, 0] are"),
            (lambda: torch.rand(3, 2, 2) / 2, "mean 0.25 and standard deviation 0.14"),
            (lambda: torch.rand(3, 2, 2) ** 2, "mean 0.334 and standard deviation 0.297"),
            (lambda: torch.rand(3) / 0, "some elements are not finite"),
        ],
    )
    def test_not_uniform(self, start, problem):
        message = start_problem(layer_of(weight=start), UNIFORM)
        assert message.startswith("weight must start uniform between 0 and 1: ")
        assert problem in message

    def test_constant_and_normal(self):
        starts = {"slope": Constant(0.25), "weight": Normal(1, 2)}
        slope, weight = lambda: torch.full((3,), 0.25), lambda: 1 + 2 * torch.randn(4, 3)
        assert start_problem(layer_of(slope=slope, weight=weight), starts) is None
        message = start_problem(
            layer_of(slope=lambda: torch.tensor([0.25, 0.0]), weight=weight), starts
        )
        assert message == "slope must start at 0.25: a new layer has 0"
        message = start_problem(layer_of(slope=slope, weight=lambda: torch.randn(4, 3)), starts)
        assert message.startswith("weight must start normal with mean 1 and standard deviation 2: ")

    def test_right_layers_pass_whatever_the_seed(self, monkeypatch):
        """The bounds are far away: of 200 seeds none comes near."""
        seed = iter(range(1000))
        monkeypatch.setattr(
            torch, "manual_seed", lambda _, real=torch.manual_seed: real(next(seed))
        )
        layer = layer_of(weight=lambda: torch.rand(2, 2, 2))
        assert {start_problem(layer, UNIFORM) for _ in range(30)} == {None}

    def test_in_an_exercise(self):
        class Scale(nn.Module):
            def __init__(self, channels, start=0.0):
                super().__init__()
                self.weight = nn.Parameter(torch.full((channels,), start))

            def forward(self, X):
                return self.weight * X

        settings = {
            "oracle": lambda channels: Scale(channels, 0.5),
            "cases": lambda generator: [((3,), (torch.ones(2, 3),))],
            "starts": lambda channels: {"weight": Constant(0)},
        }
        assert judged(Scale, **settings).mark == RIGHT
        settings["starts"] = lambda channels: {"weight": Constant(channels)}
        assert judged(Scale, **settings).message == "weight must start at 3: a new layer has 0"


class TestOrder:
    def test_values_of_all_cases_come_before_gradients(self):
        def lucky(X):  # in the first case only its gradient is wrong
            return X.detach().abs() + 0 * X

        def cases(generator):
            yield (torch.tensor([1.0, 2.0]),)
            yield (torch.tensor([-1.0, 2.0, 0.0]),)

        verdict = judged(lucky, oracle=lambda X: X.clone(), cases=cases)
        assert "\n  wrong values" in verdict.message
        assert verdict.shown["X"].tolist() == [-1.0, 2.0, 0.0]

    def test_the_case_with_the_fewest_numbers_is_shown(self):
        verdict = judged(lambda X, K: correlation(X, K) + 1)
        assert verdict.shown["X"].shape == (2, 3)

    def test_an_empty_case_is_shown_last(self):
        cases = lambda generator: [(torch.zeros(0), 7), (torch.ones(3), 7)]  # noqa: E731
        settings = {"oracle": lambda X, n: X * n, "cases": cases}
        verdict = judged(lambda X, n: (X * n).double(), **settings)
        assert verdict.shown["X"].shape == (3,)

    def test_cases_keep_their_strides_and_stay_apart(self):
        seen = []

        def attempt(X, K):
            seen.append((X, K))
            return correlation(X, K)

        def cases(generator):
            X = torch.arange(12.0).reshape(3, 4)
            yield X.t(), torch.tensor([[2.0]]).expand(2, 2)
            yield X[::2, 1::2], X[:2, :2].t()

        assert judged(attempt, cases=cases).mark == RIGHT
        strides = {(X.stride(), K.stride()) for X, K in seen}
        assert strides == {((1, 4), (0, 0)), ((8, 2), (1, 4))}
        assert len({X.data_ptr() for X, _ in seen}) == len(seen) == 4

    def test_what_a_case_says_after_its_yield(self):
        def cases(generator):
            for net in (nn.Sequential(), nn.Sequential()):
                yield (net,)
                if len(net) != 1:
                    raise ValueError("the net has no layer")

        settings = {"oracle": lambda net: net, "cases": cases}
        assert judged(lambda net: net.append(nn.ReLU()), **settings).mark == RIGHT
        assert judged(lambda net: net, **settings).message.startswith("the net has no layer\n")


def sheared(X):
    """For twists: no turn of a square gives the same again."""
    return X + 2 * X.cumsum(-1) + 3 * X.cumsum(-2) - 5


def sheared_cases(generator):
    yield (torch.tensor([[1.0, 2.0, 4.0], [-7.0, 0.5, 3.0]]),)
    yield (torch.randn(3, 3, generator=generator),)


def scaled(X, factor):
    return factor * sheared(X)


def scaled_cases(generator):
    for factor in (1, 3, 2):
        yield torch.randn(2, 4, generator=generator), factor


class TestTwists:
    @pytest.mark.parametrize(
        ("attempt", "sentence"),
        [
            (lambda X: sheared(X).flip(0, 1), "the right one turned by 180 degrees."),
            (lambda X: sheared(X).flip(0), "the right one with its rows in reverse order."),
            (lambda X: sheared(X).flip(1), "the right one with its last axis in reverse order."),
            (lambda X: sheared(X).t(), "the right one with rows and columns swapped."),
            (lambda X: -sheared(X), "the right one with its sign turned."),
            (lambda X: sheared(X).abs(), "the right one without its sign."),
            (lambda X: sheared(X).relu(), "the right one with every negative number set to 0."),
            (lambda X: sheared(X) ** 2, "the right one squared."),
            (lambda X: sheared(X).round(), "the right one rounded to whole numbers."),
            (lambda X: 0 * sheared(X), "0 everywhere."),
            (lambda X: sheared(X) / X.numel(), "the right one times a number."),
            (lambda X: sheared(X) + 5, "the right one plus a number."),
            (lambda X: sheared(X.flip(0, 1)), "would be right for X turned by 180 degrees."),
            (lambda X: sheared(-X), "would be right for X with its sign turned."),
        ],
    )
    def test_of_a_result_or_an_argument(self, attempt, sentence):
        message = judged(attempt, oracle=sheared, cases=sheared_cases).message
        first, *_ = message.splitlines()
        assert first.startswith("Your result ")
        assert first.endswith(sentence)

    def test_of_a_number_that_is_forgotten(self):
        attempt = lambda X, factor: sheared(X)  # noqa: E731
        message = judged(attempt, oracle=scaled, cases=scaled_cases).message
        assert message.startswith("Your result would be right if factor were always 1.")

    def test_only_what_fits_every_case_is_said(self):
        def mixed(X):
            return sheared(X).flip(0, 1) if X.shape == (2, 3) else sheared(X).flip(0)

        assert judged(mixed, oracle=sheared, cases=sheared_cases).message.startswith("wrong val")
        one = {"oracle": sheared, "cases": lambda generator: [(torch.ones(1, 2),)]}
        assert judged(lambda X: sheared(X) + 1, **one).message.startswith("wrong values")

    def test_of_two_that_fit_neither_is_said(self):
        def cases(generator):  # turned by 180 degrees they are the same
            yield (torch.tensor([[1.0, 2.0], [2.0, 1.0]]),)
            yield (torch.tensor([[1.0, 5.0, 3.0], [3.0, 5.0, 1.0]]),)

        message = judged(lambda X: X.flip(0) + 0, oracle=lambda X: X.clone(), cases=cases).message
        assert message.startswith("wrong values")

    def test_a_weight_that_is_forgotten(self):
        class Affine(nn.Module):
            def __init__(self, channels):
                super().__init__()
                self.weight = nn.Parameter(torch.rand(channels))
                self.bias = nn.Parameter(torch.rand(channels))

            def forward(self, X):
                return X * self.weight + self.bias

        class NoBias(Affine):
            def forward(self, X):
                return X * self.weight

        cases = lambda generator: [((3,), (torch.randn(2, 3, generator=generator),))]  # noqa: E731
        message = judged(NoBias, oracle=Affine, cases=cases).message
        assert message.startswith("Your result would be right if bias were 0.\n")
        assert "\n  weight (set by check) = " in message


def test_pairs_are_compared_by_their_names_first():
    pairs = lambda *names: [(name, torch.ones(1)) for name in names]  # noqa: E731
    assert difference(pairs("a", "b"), pairs("a", "b")) is None
    assert (
        difference(pairs("b", "a"), pairs("a", "b"))
        == "expected the names ['a', 'b'], got ['b', 'a']"
    )
    assert difference(pairs("a"), pairs("a", "b")) == "expected the names ['a', 'b'], got ['a']"
    assert "expected ('a', 2), got ('a', 1)" in difference([("a", 1)], [("a", 2)])
