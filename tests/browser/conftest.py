"""A real JupyterLab on a copy of the course, and a real Chromium that looks at it."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from lab_page import LIMIT_S, LabPage
from selenium import webdriver
from site_page import Reader, served

from course import __main__ as entry
from course import book, content, environment
from course import site as website

SCREENSHOTS = content.ROOT / "build" / "screenshots"
SERVED = ("notebooks", "lessons_src", "course")  # and jupytext.toml, which pairs the first two
WINDOW = (1366, 900)  # a common laptop's


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """Return a copy of what is served: JupyterLab saves by itself, and writes the paired source."""
    root = tmp_path_factory.mktemp("project")
    for name in SERVED:
        shutil.copytree(
            content.ROOT / name,
            root / name,
            ignore=shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__"),
        )
    shutil.copy(content.ROOT / "jupytext.toml", root)
    return root


@pytest.fixture(scope="session")
def address(project, tmp_path_factory):
    """Start what `make lab` starts, for a student without settings; yield the page it opens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    options = [
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        "--no-browser",
        "--LabApp.expose_app_in_browser=True",  # so that a test can ask how far the kernel is
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry, "run", lambda *_: 0)
        patch.setattr(environment, "replace_with", lambda *command: command)
        _, *command = entry.lab(options)
    home = tmp_path_factory.mktemp("home")
    env = {name: value for name, value in os.environ.items() if name != "COURSE_STRICT"}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        env[name] = str(home / name.lower())
    log = home / "jupyterlab.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [sys.executable, *command], cwd=project, env=env, stdout=file, stderr=file
        )
    try:
        site = f"http://127.0.0.1:{port}"
        until = time.monotonic() + LIMIT_S
        while not _answers(f"{site}/api/status?token={token}"):
            assert server.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        yield f"{site}/?token={token}"
    finally:
        server.terminate()
        server.wait()


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Yield a headless Chromium with an empty profile that asks for nothing but our pages."""
    program = next(filter(None, map(shutil.which, book.CHROMIUM)), None)
    driver = shutil.which("chromedriver")
    assert program and driver, "there is no Chromium with its driver: run make test-browser"
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (
        "--headless",
        "--no-sandbox",  # which cannot be had as root in a container
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--force-color-profile=srgb",
        f"--window-size={WINDOW[0]},{WINDOW[1]}",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(flag)
    chrome = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


@pytest.fixture(scope="session")
def screenshots():
    """Return the folder for screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS


@pytest.fixture(scope="session")
def lab(browser, address, screenshots):
    """Return JupyterLab as `make lab` opens it, in its light theme."""
    return LabPage(browser, address, screenshots)


@pytest.fixture(scope="module")
def reader(browser):
    """Return a tab with the website."""
    assert website.OUTPUT.is_dir(), "there is no site: run make site"
    before = browser.current_window_handle
    browser.switch_to.new_window("tab")
    with served(website.OUTPUT) as address:
        yield Reader(browser, address)
    browser.close()
    browser.switch_to.window(before)
