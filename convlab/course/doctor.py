"""Look at an installation: versions, device, what is missing and the command that mends it."""

import platform
import sys
from importlib import metadata, util

from convlab import __version__

PACKAGES = {
    "torch": "torch",
    "torchvision": "torchvision",
    "d2l": "d2l",
    "jupyterlab": "jupyterlab",
    "ipykernel": "ipykernel",
    "ipywidgets": "ipywidgets",
    "anywidget": "anywidget",
    "nbconvert": "nbconvert",
    "latex2mathml": "latex2mathml",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "pillow": "PIL",
    "scikit-learn": "sklearn",
    "mnist1d": "mnist1d",
}


def diagnose() -> tuple[list[str], list[str]]:
    """Lines that describe this installation, and a mending command for each thing amiss."""
    facts = [
        f"convlab      {__version__}",
        f"Python       {platform.python_version()}  {sys.executable}",
    ]
    cures = []
    for package, module in PACKAGES.items():
        if util.find_spec(module):
            facts.append(f"{package:<12} {metadata.version(package)}")
        else:
            facts.append(f"{package:<12} missing")
            cures.append(f"{sys.executable} -m pip install {package}")
    for check in (_device, _lessons):
        fact, cure = check()
        facts.append(fact)
        cures.extend(cure)
    return facts, cures


def _device():
    try:
        import torch

        from convlab.devices import device

        chosen = device()
    except (ImportError, ValueError) as error:
        return f"device       {error}", ["unset CONVLAB_DEVICE, or set it to cpu"]
    name = torch.cuda.get_device_name(chosen) if chosen.type == "cuda" else platform.machine()
    return f"device       {chosen} ({name}, {torch.get_num_threads()} threads)", []


def _lessons():
    from convlab.course.copying import lesson_files

    try:
        return f"lessons      {len(lesson_files())} notebooks", []
    except FileNotFoundError as error:
        again = f"{sys.executable} -m pip install --force-reinstall convlab"
        return f"lessons      {error}", [again]
