"""Kernels that are forks of one process, which has imported the libraries that lessons use.

The imports take 8 s of processor time, a fork takes none. It is safe because the process has done
nothing but import: no cell ran in it, so a fork starts with an empty namespace and no figure, and
it has no second thread but OpenBLAS's, which OpenBLAS itself ends for a fork and begins anew.
"""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from importlib import import_module
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

PROJECT = Path(__file__).parents[2]
# convlab itself is not among them: each lesson imports it afresh.
LIBRARIES = (
    "torch",
    "torch._dynamo",  # what assert_close and optimisers import when they are first used
    "torchvision",
    "matplotlib.pyplot",
    "sklearn.datasets",
    "scipy.signal",
    "ipykernel.kernelapp",
    "anywidget",
)
# What libraries read when they are imported.
_WHEN_IMPORTED = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as ipykernel would say
    "OMP_WAIT_POLICY": "passive",  # a thread that waits leaves the processor to other workers
}


class Fork(LocalProvisioner):
    """Starts a kernel by a fork instead of a command."""

    async def launch_kernel(self, cmd, **options):
        connection_file = cmd[cmd.index("-f") + 1]
        self.process = _Process(_fork(connection_file, options["cwd"], options["env"]))
        self.pid = self.process.pid
        return self.connection_info


class _Process:
    """What a provisioner asks of a `Popen`, for a process that is not our child."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0

    def wait(self):
        return self.poll()

    def send_signal(self, signum):
        os.kill(self.pid, signum)


def _fork(connection_file, cwd, env):
    server = _server()
    request = {"connection_file": connection_file, "cwd": cwd, "environment": env}
    print(json.dumps(request), file=server.stdin, flush=True)
    reply = server.stdout.readline()
    if not reply:
        raise RuntimeError(f"{server.args} ended: its libraries cannot be imported in silence")
    return int(reply)


@cache
def _server():
    """The process to fork. It ends with this one, when its standard input is closed."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        start_new_session=True,  # Ctrl-C is for the tests
        env=os.environ | _WHEN_IMPORTED,
    )


def serve():
    """Fork a kernel for each line of standard input, and write its process id."""
    del sys.path[0]  # the project's folder, which `python -m` put there
    with redirect_stdout(io.StringIO()) as said, redirect_stderr(said):
        for name in LIBRARIES:
            import_module(name)
    if said.getvalue():
        raise RuntimeError(f"an import said: {said.getvalue()}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                _become_kernel(**json.loads(line))
            finally:
                os._exit(1)
        print(pid, flush=True)


def _become_kernel(connection_file, cwd, environment):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    # Each process has random numbers of its own; Python's generator sees to it by itself.
    import_module("torch").seed()
    import_module("numpy").random.seed()
    if threads := int(environment.get("OMP_NUM_THREADS", 0)):
        # Libraries read the variable when they are loaded.
        import_module("torch").set_num_threads(threads)
        import_module("threadpoolctl").threadpool_limits(threads)
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"  # with which the kernel is to end
    import_module("ipykernel.kernelapp").launch_new_instance(["-f", connection_file, parent])


if __name__ == "__main__":
    serve()
