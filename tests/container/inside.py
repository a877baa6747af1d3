"""Runs inside the image, without a network: JupyterLab answers, lesson 2 runs, and not as root.

python inside.py COMMAND…     the image's own command line; Binder's is tried after it
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

LIMIT_S = 300
ADDRESS = "http://127.0.0.1:8888"
BINDER = ["jupyter", "notebook", "--ip=0.0.0.0", "--port=8888", "--ServerApp.default_url=/lab"]
LESSON = "notebooks/02_imdb_binary_classification.ipynb"


def answer(path: str) -> bytes:
    """Return what JupyterLab answers to a browser."""
    with urllib.request.urlopen(f"{ADDRESS}{path}", timeout=10) as page:
        return page.read()


def wait_for(server: subprocess.Popen) -> None:
    """Return when JupyterLab answers."""
    end = time.monotonic() + LIMIT_S
    while True:
        try:
            answer("/api")
            return
        except OSError as error:
            if server.poll() is not None or time.monotonic() > end:
                raise TimeoutError("JupyterLab does not answer") from error
        time.sleep(0.5)


def main() -> None:
    """Exit with an error unless the image does what it should."""
    assert os.getuid() != 0, "the image runs as root"
    assert {name for _, name in socket.if_nameindex()} <= {"lo"}, "there is a network"
    data, code = Path(os.environ["COURSE_CACHE"]), Path("helpers/bands.toml")
    assert not os.access(data, os.W_OK), f"{data} can be written"
    assert os.access(code, os.W_OK), f"{code} cannot be edited"
    token = "of-this-test"
    for command in (sys.argv[1:], BINDER):
        server = subprocess.Popen(command, env={**os.environ, "JUPYTER_TOKEN": token})
        try:
            wait_for(server)
            assert b"jupyter-config-data" in answer(f"/lab?token={token}")
            files = json.loads(answer(f"/api/contents/notebooks?token={token}"))["content"]
            assert LESSON in {file["path"] for file in files}
            print(f"JupyterLab answers to {' '.join(command)}", flush=True)
        finally:
            server.terminate()
            server.wait()
    subprocess.run([sys.executable, "-m", "helpers.data"], check=True)
    options = ["--numprocesses=0", "-p", "no:cacheprovider", "-q"]
    subprocess.run([sys.executable, "-m", "pytest", *options, LESSON], check=True)


if __name__ == "__main__":
    main()
