"""Look at an installation: versions, device, what is missing and the command that mends it."""

import platform
import re
import sys
from importlib import metadata

from convlab import __version__


def diagnose() -> tuple[list[str], list[str]]:
    """Lines that describe this installation, and a mending command for each thing amiss."""
    facts = [
        f"convlab      {__version__}",
        f"Python       {platform.python_version()}  {sys.executable}",
    ]
    cures = []
    for package in _packages():
        try:
            facts.append(f"{package:<12} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            facts.append(f"{package:<12} missing")
            cures.append(f"{sys.executable} -m pip install {package}")
    for check in (_device, _lessons):
        fact, cure = check()
        facts.append(fact)
        cures.extend(cure)
    return facts, cures


def _packages():
    """The names of all that convlab requires, as PyPI has them."""
    return [re.split(r"[^\w.-]", line)[0] for line in metadata.requires("convlab") or ()]


def _device():
    try:
        import torch

        from convlab.devices import choose

        here = choose()
    except (ImportError, ValueError) as error:
        return f"device       {error}", ["unset CONVLAB_DEVICE, or set it to cpu"]
    name = torch.cuda.get_device_name(here) if here.type == "cuda" else platform.machine()
    return f"device       {here} ({name}, {torch.get_num_threads()} threads)", []


def _lessons():
    from convlab.course.copying import lesson_files

    try:
        return f"lessons      {len(lesson_files())} notebooks", []
    except FileNotFoundError as error:
        again = f"{sys.executable} -m pip install --force-reinstall convlab"
        return f"lessons      {error}", [again]
