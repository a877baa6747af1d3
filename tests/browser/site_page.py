"""The website as its reader has it: an address, and a tab."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

LAPTOP, PHONE = (1366, 768), (390, 844)
LIMIT_S = 60


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, *_):
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, as a web host would; yield its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Reader:
    """A tab with the site."""

    def __init__(self, browser: Chrome, address: str) -> None:
        self.browser, self.served = browser, address

    def open(self, page: str, size: tuple[int, int] = LAPTOP) -> None:
        """Open a page of the site, in a window of a laptop or a phone."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.browser.get(f"{self.served}/{page}")

    def js(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page; return what it returns."""
        return self.browser.execute_script(script, *arguments)

    def wait(self, script: str, *arguments: Any) -> None:
        """Wait until a script returns something true."""
        waiting = WebDriverWait(self.browser, LIMIT_S)
        waiting.until(lambda _: self.js(script, *arguments), f"never true: {script}")

    def find(self, css: str) -> WebElement:
        """Return the first element that a selector names."""
        return self.browser.find_element(By.CSS_SELECTOR, css)
