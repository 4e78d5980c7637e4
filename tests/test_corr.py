"""corr1d to corr3d, the loop, the FFT and Conv2D against torch's own operators."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from convlab import Conv2D, convolve2d, corr1d, corr2d, corr2d_fft, corr2d_loop, corr3d

CORR2D = [corr2d, corr2d_loop, corr2d_fft]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]
INTEGERS = [torch.uint8, torch.int16, torch.int32, torch.int64]


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def torch_corr(X, K):
    convolve = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[X.dim()]
    return convolve(X[None, None], K[None, None])[0, 0]


@pytest.mark.parametrize("function", CORR2D)
def test_the_course_s_first_example(function):
    X, K = torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2)
    assert_close(function(X, K), torch.tensor([[19.0, 25.0], [37.0, 43.0]]))


@pytest.mark.parametrize("function", CORR2D)
@pytest.mark.parametrize("kernel", [(1, 1), (2, 3), (5, 1), (7, 9)])
def test_corr2d_equals_torch(function, kernel):
    X, K = draw(7, 9), draw(*kernel, seed=1)
    assert_close(function(X, K), torch_corr(X, K))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_all_dimensions_equal_torch(data):
    axes = data.draw(st.integers(1, 3))
    kernel = data.draw(st.lists(st.integers(1, 4), min_size=axes, max_size=axes))
    extra = data.draw(st.lists(st.integers(0, 5), min_size=axes, max_size=axes))
    X, K = draw(*[k + e for k, e in zip(kernel, extra, strict=True)]), draw(*kernel, seed=1)
    function = {1: corr1d, 2: corr2d, 3: corr3d}[axes]
    assert_close(function(X, K), torch_corr(X, K))


def test_convolve2d_equals_scipy():
    from scipy.signal import convolve2d as scipy_convolve2d  # 2 s of processor time

    X, K = draw(6, 8), draw(3, 2, seed=1)
    want = torch.from_numpy(scipy_convolve2d(X.numpy(), K.numpy(), mode="valid"))
    assert_close(convolve2d(X, K), want)


@pytest.mark.parametrize("function", CORR2D)
@pytest.mark.parametrize("dtype", FLOATS)
def test_dtype_is_kept_and_right(function, dtype):
    X, K = draw(8, 9, dtype=torch.float64).to(dtype), draw(3, 2, seed=1).to(dtype)
    want = torch_corr(X.double(), K.double())
    tolerance = 20 * torch.finfo(dtype).eps
    assert function(X, K).dtype == dtype
    assert_close(function(X, K).double(), want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("function", CORR2D)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_are_exact(function, dtype):
    X = torch.randint(0, 30, (40, 30), generator=torch.Generator().manual_seed(0)).to(dtype)
    K = torch.tensor([[1, 0, 2], [2, 1, 0]], dtype=dtype)
    want = torch_corr(X.double(), K.double()).to(dtype)
    assert_close(function(X, K), want, rtol=0, atol=0)


@pytest.mark.parametrize("function", CORR2D)
def test_complex(function):
    X = torch.complex(draw(5, 6), draw(5, 6, seed=1))
    K = torch.complex(draw(2, 3, seed=2), draw(2, 3, seed=3))
    assert_close(function(X, K), torch_corr(X, K))


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (corr1d, [(6,), (2,)]),
        (corr2d, [(4, 5), (2, 3)]),
        (corr2d_loop, [(4, 5), (2, 3)]),
        (corr2d_fft, [(4, 5), (2, 3)]),
        (convolve2d, [(4, 5), (2, 3)]),
        (corr3d, [(3, 4, 3), (2, 2, 2)]),
    ],
)
def test_gradients(function, shapes):
    inputs = [draw(*shape, seed=i).requires_grad_() for i, shape in enumerate(shapes)]
    assert torch.autograd.gradcheck(function, inputs)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("function", CORR2D)
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.int64])
def test_device_is_kept(function, dtype):
    X, K = draw(8, 9).mul(4).to(dtype), draw(3, 2, seed=1).mul(4).to(dtype)
    Y = function(X.cuda(), K.cuda())
    assert Y.is_cuda
    assert_close(Y.cpu(), function(X, K))


X, K = torch.ones(3, 4), torch.ones(2, 2)
REFUSED = [
    ([[1.0, 2.0]], K, TypeError, "X must be a torch.Tensor, got list"),
    (X, K.numpy(), TypeError, "K must be a torch.Tensor, got ndarray"),
    (X[0], K, ValueError, "X must have 2 axes (H, W): X has shape (4,), K has shape (2, 2)"),
    (X, K[None], ValueError, "K must have 2 axes (H, W): X has shape (3, 4), K has shape (1, 2,"),
    (X[:0], K, ValueError, "X must not be empty: X has shape (0, 4), K has shape (2, 2)"),
    (X, K[:, :0], ValueError, "K must not be empty: X has shape (3, 4), K has shape (2, 0)"),
    (X > 0, K > 0, TypeError, "X must hold numbers, got torch.bool: X has shape (3, 4)"),
    (X, K.double(), TypeError, "X and K must share a dtype, got torch.float32 and torch.float64"),
    (X, K.to("meta"), ValueError, "X and K must share a device, got cpu and meta: X has shape"),
    (K, X, ValueError, "K must not be larger than X on any axis: X has shape (2, 2), K has shape"),
    (X, torch.ones(1, 5), ValueError, "K must not be larger than X on any axis: X has shape (3, 4"),
]


@pytest.mark.parametrize("function", [*CORR2D, convolve2d])
@pytest.mark.parametrize(("X", "K", "error", "message"), REFUSED)
def test_bad_input_is_refused(function, X, K, error, message):
    with pytest.raises(error) as caught:
        function(X, K)
    assert message in str(caught.value)


@pytest.mark.parametrize(("function", "axes"), [(corr1d, "1 axis (W,)"), (corr3d, "3 axes (D, H,")])
def test_other_dimensions_refuse_two_axes(function, axes):
    with pytest.raises(ValueError, match="X must have") as caught:
        function(X, K)
    assert axes in str(caught.value)


class TestConv2D:
    @pytest.mark.parametrize("size", [3, (2, 5)])
    def test_output_and_gradients_equal_torch(self, size):
        ours, theirs = Conv2D(size), torch.nn.Conv2d(1, 1, size)
        theirs.weight.data, theirs.bias.data = ours.weight.data[None, None], ours.bias.data[None]
        X = draw(7, 8, dtype=torch.float32)
        Y, want = ours(X), theirs(X[None, None])[0, 0]
        assert_close(Y, want)
        weights = draw(*Y.shape, seed=2, dtype=torch.float32)
        (Y * weights).sum().backward()
        (want * weights).sum().backward()
        assert_close(ours.weight.grad, theirs.weight.grad[0, 0])
        assert_close(ours.bias.grad, theirs.bias.grad[0])

    def test_parameters(self):
        layer = Conv2D((2, 3))
        shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
        assert shapes == {"weight": (2, 3), "bias": ()}
        assert repr(layer) == "Conv2D(kernel_size=(2, 3))"

    @pytest.mark.parametrize("size", [2.0, "3", (1.0, 2), None, True])
    def test_a_size_of_another_type_is_refused(self, size):
        with pytest.raises(TypeError, match="kernel_size must be an integer or a tuple of int"):
            Conv2D(size)

    def test_a_size_of_three_axes_is_refused(self):
        with pytest.raises(ValueError, match="kernel_size must be an integer or 2 of them"):
            Conv2D((1, 2, 3))

    @pytest.mark.parametrize("size", [0, -1, (3, 0)])
    def test_a_size_below_one_is_refused(self, size):
        with pytest.raises(ValueError, match="kernel_size must be at least 1"):
            Conv2D(size)
