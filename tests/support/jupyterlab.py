"""A JupyterLab for tests, started as a learner starts it; on Linux its kernels are forks."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from convlab.course import cli
from tests.support import forks

PATIENCE = 300  # seconds; a few do, where nothing else is at work


@contextmanager
def served(folder):
    """The address at which `convlab lab folder` serves; the server must end when it is told to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", __name__, "lab", str(folder), "--no-browser"]
    command += ["--port", str(port), "--", "--IdentityProvider.token="]
    # The kernels of pages that are closed end, so that the server has few to end itself.
    command += [f"--MappingKernelManager.cull_{name}=30" for name in ("idle_timeout", "interval")]
    command += ["--LabApp.expose_app_in_browser=True"]  # tests hear of its commands
    # What JupyterLab remembers from another test, or of whoever runs the tests, stays out.
    own = {f"JUPYTERLAB_{name}_DIR": str(folder.parent) for name in ("WORKSPACES", "SETTINGS")}
    log = folder.parent / "jupyterlab.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, env=os.environ | own, cwd=forks.PROJECT
        )
    try:
        _wait_for(f"{address}/api", server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        finally:
            server.kill()


def _wait_for(address, server, log, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return urlopen(address).read()
        except URLError:
            time.sleep(0.2)
    raise AssertionError(f"JupyterLab does not serve {address}:\n{log.read_text()}")


if __name__ == "__main__":
    if sys.platform == "linux":
        forks.use_for_all_kernels()
    sys.exit(cli.main())
