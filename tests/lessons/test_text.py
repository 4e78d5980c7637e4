"""What the comparison of printed outputs lets pass, and what it does not."""

import pytest

from tests.lessons.text import shape, text_difference

SAME = [
    ("tensor([1.2345, 2.])", "tensor([1.2346, 2.])"),
    ("loss 0.3333", "loss 0.3334"),
    ("12345.678", "12345.679"),
    ("1.2345e-05", "1.2346e-05"),
    ("tensor([-0.0000, 1.0000])", "tensor([0.0000, 1.0000])"),
    ("tensor([[ 1.,  2.]])", "tensor([[1., 2.]])"),
    ("<Thing at 0x7f00aa>", "<Thing at 0x7f11bb>"),
    ("tensor([1.], device='cuda:0')", "tensor([1.])"),
    ("runs on cuda:0", "runs on cpu"),
    (
        "loop 390.2 ms, fast 1.2 ms, 310 times as fast",
        "loop  41.0 ms, fast 0.1 ms, 99 times as fast",
    ),
    ("import took 12.3 s", "import took 3.1 s"),
    ("nan inf -inf", "nan inf -inf"),
]
DIFFERENT = [
    ("0.12", "0.13"),
    ("tensor([1.2345])", "tensor([1.2445])"),
    ("19.05", "19.06"),
    ("99.95", "99.96"),
    ("loss 0.3333", "loss 0.3336"),
    ("0.5", "0.6"),
    ("3", "4"),
    ("3", "3.0"),
    ("shape (2, 3)", "shape (3, 2)"),
    ("torch.Size([1, 2])", "torch.Size([1, 2, 1])"),
    ("loss falls", "loss rises"),
    ("1.0 2.0", "1.0"),
    ("-1.5", "1.5"),
    ("nan", "inf"),
    ("inf", "-inf"),
    ("1e-5", "1e-4"),
    ("k3 s2 p1", "k3 s1 p1"),
    ("3 times", "4 times"),
    ("version 2.15.0", "version 2.14.0"),
]


@pytest.mark.parametrize(("saved", "fresh"), SAME)
def test_same(saved, fresh):
    assert text_difference(saved, fresh) is None


@pytest.mark.parametrize(("saved", "fresh"), DIFFERENT)
def test_different(saved, fresh):
    assert text_difference(saved, fresh) is not None


def test_a_wider_tolerance_is_for_floats_only():
    assert text_difference("accuracy 0.91", "accuracy 0.92") is not None
    assert text_difference("accuracy 0.91", "accuracy 0.92", rtol=0.02) is None
    assert text_difference("91 right", "92 right", rtol=0.02) is not None


def test_a_shape_is_all_but_numbers_versions_devices_and_marks():
    assert shape("torch 2.15.0+cu132 on cpu") == shape("torch 2.6 on cuda:0")
    assert shape("00  Start  ○  0 of 1") == shape("00 Start ✓ 1 of 1")
    assert shape("cnn  95%  94%") == shape("cnn  9%  100%")
    assert shape("00 Start ○○ 0 of 2") != shape("00 Start ○ 0 of 1")
    assert shape("a 1\nb 2") != shape("a 1")
    assert shape("mlp 63%") != shape("cnn 63%")
