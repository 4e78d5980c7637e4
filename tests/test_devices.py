"""The device of a lesson and the settings that go with it."""

import subprocess
import sys

import pytest
import torch

import convlab
from convlab import devices


@pytest.fixture(autouse=True)
def _restored_settings():
    yield
    torch.set_printoptions(profile="default")


def test_the_environment_decides(monkeypatch):
    monkeypatch.setenv("CONVLAB_DEVICE", "cpu")
    assert convlab.device() == torch.device("cpu")


def test_without_it_what_is_there(monkeypatch):
    monkeypatch.delenv("CONVLAB_DEVICE", raising=False)
    assert convlab.device().type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["abacus", "cuda:99", "cpu:x"])
def test_an_unusable_device_is_refused(monkeypatch, name):
    monkeypatch.setenv("CONVLAB_DEVICE", name)
    with pytest.raises(ValueError, match="CONVLAB_DEVICE must name a device") as caught:
        convlab.device()
    assert repr(name) in str(caught.value)


def test_to_choose_changes_nothing(monkeypatch):
    monkeypatch.setenv("CONVLAB_DEVICE", "cpu")
    torch.set_float32_matmul_precision("high")
    before = torch.get_rng_state(), repr(torch.tensor(1e-8))
    assert devices.choose() == torch.device("cpu")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert repr(torch.tensor(1e-8)) == before[1] == "tensor(1.0000e-08)"
    assert torch.get_float32_matmul_precision() == "high"


def test_it_seeds():
    convlab.device(3)
    first = torch.rand(3)
    convlab.device(3)
    assert torch.equal(torch.rand(3), first)
    convlab.device(4)
    assert not torch.equal(torch.rand(3), first)


def test_tf32_is_off_and_tensors_print_four_decimals():
    torch.set_float32_matmul_precision("high")
    convlab.device()
    assert torch.get_float32_matmul_precision() == "highest"
    assert not torch.backends.cudnn.allow_tf32
    assert repr(torch.tensor([1 / 3, 1e-8])).replace(" ", "") == "tensor([0.3333,0.0000])"


def test_importing_convlab_imports_nothing_heavy():
    code = "import convlab, sys; print({'torch', 'matplotlib', 'sklearn'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_every_public_name_is_there():
    for name in convlab.__all__:
        assert getattr(convlab, name) is not None
    assert set(convlab.__all__) <= set(dir(convlab))
    with pytest.raises(AttributeError, match="no attribute 'corr4d'"):
        _ = convlab.corr4d
