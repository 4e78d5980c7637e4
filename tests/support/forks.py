"""Kernels that are forks of one process, which has imported the libraries that lessons use.

The imports take 8 s of processor time, a fork takes none. It is safe because the process has done
nothing but import: no cell ran in it, so a fork starts with an empty namespace and no figure, and
it has no second thread but OpenBLAS's, which OpenBLAS itself ends for a fork and begins anew.
"""

import asyncio
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import List, Unicode

PROJECT = Path(__file__).parents[2]
ADDRESS = "CONVLAB_TESTS_FORKS"  # the variable that says where the process listens
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
    """Starts a kernel by a fork instead of a command, `libraries` beside the usual imported."""

    libraries = List(Unicode())

    async def launch_kernel(self, cmd, **options):
        connection_file = cmd[cmd.index("-f") + 1]
        # In a thread: JupyterLab serves on, while the libraries are imported for the first kernel.
        pid = await asyncio.to_thread(
            _fork, self.libraries, connection_file, options["cwd"], options["env"]
        )
        self.process = _Process(pid)
        self.pid = pid
        return self.connection_info


def use_for_all_kernels():
    """Let every kernel that this process starts be a fork."""
    usual = "local-provisioner"
    ours = EntryPoint(
        usual, f"{Fork.__module__}:{Fork.__name__}", KernelProvisionerFactory.GROUP_NAME
    )
    KernelProvisionerFactory.instance().provisioners[usual] = ours


def start():
    """Start the process to fork, for this process and all that it starts; returns what ends it.

    If this process ends without, it ends, too.
    """
    folder = tempfile.TemporaryDirectory()
    os.environ[ADDRESS] = f"{folder.name}/forks"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.environ[ADDRESS])
        listener.listen(64)
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            cwd=PROJECT,
            start_new_session=True,  # Ctrl-C is for the tests
            env=os.environ | _WHEN_IMPORTED,
        )

    def end():
        del os.environ[ADDRESS]
        process.stdin.close()
        process.wait()
        folder.cleanup()

    return end


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


def _fork(libraries, connection_file, cwd, env):
    kernel = {"connection_file": connection_file, "cwd": str(cwd), "environment": dict(env)}
    request = {"libraries": libraries, "kernel": kernel}
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(os.environ[ADDRESS])
        server.sendall(json.dumps(request).encode() + b"\n")
        reply = server.makefile().readline()
    if not reply:
        raise RuntimeError("the process to fork ended: its libraries cannot be imported in silence")
    return int(reply)


def _serve(listener):
    """Fork a kernel for each request, and answer its process id, until standard input is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    while select.select([sys.stdin, listener], [], [])[0] == [listener]:
        connection, _ = listener.accept()
        with connection:
            request = json.loads(connection.makefile().readline())
            _import(*LIBRARIES, *request["libraries"])
            pid = os.fork()
            if pid == 0:
                try:
                    listener.close()
                    _become_kernel(**request["kernel"])
                finally:
                    os._exit(1)
            connection.sendall(f"{pid}\n".encode())


def _import(*names):
    with redirect_stdout(io.StringIO()) as said, redirect_stderr(said):
        for name in names:
            import_module(name)
    if said.getvalue():
        raise RuntimeError(f"an import said: {said.getvalue()}")


def _become_kernel(connection_file, cwd, environment):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    paths = environment.get("PYTHONPATH", "").split(os.pathsep)  # which Python reads as it starts
    sys.path[:0] = [path for path in paths if path and path not in sys.path]
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
    del sys.path[0]  # the project's folder, which `python -m` put there
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        _serve(requests)
