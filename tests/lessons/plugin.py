"""Run each notebook twice under nbval against the same saved outputs: as committed, and solved.

The solved pass puts the course's answer into each exercise cell and sets CONVLAB_STRICT=1, under
which anything but ✓ raises. It runs on one thread, the committed one on all: outputs must not
depend on that. Tags of a cell that matter here: `exercise`, those of `outputs_difference`, and
nbval's own.
"""

import os
import re
import subprocess
import sys
from typing import ClassVar

import pytest
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from tests.support import forks

SLOW_LIBRARIES = ("d2l.torch",)  # imported once a run, where a lesson needs them
_CHECK_LINE = re.compile(r"^[○✓] (\w+): .*$", re.MULTILINE)


def pytest_configure(config):
    # The suite's tests of itself run pytest in this one: they share its process to fork.
    if sys.platform == "linux" and forks.ADDRESS not in os.environ:
        config.add_cleanup(forks.start())


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".ipynb" and ".ipynb_checkpoints" not in file_path.parts:
        return Lesson.from_parent(parent, path=file_path)


class Lesson(pytest.File):
    """A notebook, collected as its two passes."""

    def collect(self):
        self.add_marker("lesson")
        for kind in (Committed, Solved):
            name = kind.__name__.lower()
            nodeid = f"{self.nodeid}::{name}"
            yield kind.from_parent(self, path=self.path, name=name, nodeid=nodeid)


class Committed(IPyNbFile):
    """The learner's notebook: exercise cells are stubs."""

    environment: ClassVar = {"CONVLAB_STRICT": "0"}

    def setup(self):
        text = self.path.read_text(encoding="utf-8")
        libraries = [name for name in SLOW_LIBRARIES if name.partition(".")[0] in text]
        self.kernel = Kernel(str(self.path.parent), os.environ | self.environment, libraries)
        self.next = 0

    def collect(self):
        for item in super().collect():
            yield Cell.from_parent(
                self, name=item.name, cell_num=item.cell_num, cell=item.cell, options=item.options
            )

    def catch_up(self, number):
        """Run the cells before this one that --lf, -k or a name left out: it builds on them."""
        code = [cell.source for cell in self.nb.cells if cell.cell_type == "code"]
        for source in code[self.next : number]:
            message = self.kernel.execute_cell_input(source, allow_stdin=False)
            self.kernel.await_reply(message, self.config.option.nbval_cell_timeout)
        self.next = number + 1

    def comparable(self, outputs):
        return outputs


class Solved(Committed):
    """The same notebook with the course's answers in its exercise cells, graded strictly."""

    environment: ClassVar = {"CONVLAB_STRICT": "1", "OMP_NUM_THREADS": "1"}

    def collect(self):
        from convlab import solutions  # 3 s of processor time, for every pytest

        for item in super().collect():
            if "exercise" in item.cell.metadata.get("tags", ()):
                item.cell.source = solutions.source(item.cell.id.removeprefix("ex-"))
            yield item

    def comparable(self, outputs):
        """The outputs with the mark and message of each check taken away."""
        return [
            output | {"text": _CHECK_LINE.sub(r"check \1", output.text)}
            if output.output_type == "stream"
            else output
            for output in outputs
        ]


class Cell(IPyNbCell):
    """A code cell: it must run without any error and repeat its outputs."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.output_timeout = 60  # seconds; the kernel may be one of many

    def compare_outputs(self, test, ref, skip_compare=None):
        from tests.lessons.outputs import outputs_difference  # likewise

        saved, fresh = self.parent.comparable(ref), self.parent.comparable(test)
        found = outputs_difference(saved, fresh, self.cell.metadata.get("tags", ()))
        self.comparison_traceback = [found or ""]
        return found is None

    def runtest(self):
        if self.cell.execution_count is None:
            self.raise_cell_error("The notebook was saved without running this cell")
        self.parent.catch_up(self.cell_num)
        super().runtest()
        # A cell that IPython could not parse (a bad magic) sends no error output, only this reply.
        if self.parent.kernel.status != "ok" and not self.options["check_exception"]:
            self.raise_cell_error("The cell did not run to its end")


class Kernel(RunningKernel):
    """nbval's kernel with its own environment, a history, and the status of the last reply."""

    def __init__(self, cwd, environment, libraries):
        self.status = "ok"
        self.km = KernelManager(kernel_name="python3")
        if sys.platform == "linux":  # elsewhere a library may forbid a fork
            spec = self.km.kernel_spec
            self.km.provisioner = forks.Fork(parent=self.km, kernel_spec=spec, libraries=libraries)
        self.km.start_kernel(cwd=cwd, env=environment, stderr=subprocess.DEVNULL)
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=120)
        self._ensure_iopub_up()

    def execute_cell_input(self, cell_input, allow_stdin=None):
        # A trailing semicolon silences a cell only where the cell is in the history.
        return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)

    def get_message(self, stream, timeout=None):
        message = super().get_message(stream, timeout)
        if message["msg_type"] == "execute_reply":
            self.status = message["content"]["status"]
        return message
