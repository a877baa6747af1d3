"""A student at a browser: logs in to the hub, and works through JupyterLab's own interface."""

import json
from uuid import uuid4

import requests
import websocket

LIMIT_S = 300


class Student:
    """One student's session with the hub, from the login to the outputs of a notebook.

    Args:
        hub: the hub's address, without a slash at its end.
        name: of the account.
        password: of the account.

    Raises:
        requests.HTTPError: the login is refused.
    """

    def __init__(self, hub: str, name: str, password: str) -> None:
        self.hub, self.name = hub, name
        self.server = f"{hub}/user/{name}"
        self.http = requests.Session()
        self.http.get(f"{hub}/hub/login").raise_for_status()
        form = {"username": name, "password": password, "_xsrf": self._xsrf()}
        self.http.post(f"{hub}/hub/login", form).raise_for_status()

    def _xsrf(self) -> str:
        return next(c.value for c in self.http.cookies if c.name == "_xsrf" and c.path == "/hub/")

    def start_server(self) -> None:
        """Start this student's JupyterLab, and wait until it is ready.

        Raises:
            RuntimeError: it does not start.
        """
        account = f"{self.hub}/hub/api/users/{self.name}"
        headers = {"X-XSRFToken": self._xsrf(), "Referer": f"{self.hub}/hub/home"}
        self.http.post(f"{account}/server", headers=headers).raise_for_status()
        # As the hub's own page waits: one open answer. Thirty who keep asking slow the hub down.
        last = _events(self.page(f"{account}/server/progress"))[-1]
        if not last.get("ready"):
            raise RuntimeError(f"{self.name}'s server does not start: {last['message']}")
        answer = self.http.post(f"{account}/tokens", headers=headers, json={})
        answer.raise_for_status()
        self.token = {"Authorization": f"token {answer.json()['token']}"}

    def page(self, address: str) -> str:
        """Return the page behind an address, as the browser that logged in gets it."""
        answer = self.http.get(address)
        answer.raise_for_status()
        return answer.text

    def get(self, path: str, **asked: str) -> requests.Response:
        """Ask this student's server, and return its answer."""
        answer = requests.get(f"{self.server}/{path}", params=asked, headers=self.token)
        answer.raise_for_status()
        return answer

    def pull(self, **asked: str) -> list[dict]:
        """Do what the page behind an nbgitpuller link does; return what the server reports."""
        return _events(self.get("git-pull/api", **asked).text)

    def assignment(self, action: str, name: str) -> list[dict]:
        """Do what a button of nbgrader's Assignment List does; return the list it shows then.

        Args:
            action: ``"fetch"`` or ``"submit"``.
            name: of the assignment.
        """
        asked = {"course_id": "keras", "assignment_id": name}
        address = f"{self.server}/assignments/{action}"
        answer = requests.post(address, json=asked, headers=self.token)
        answer.raise_for_status()
        return answer.json()["value"]

    def run(self, notebook: str, *more: str, close: bool = True) -> list[str]:
        """Run all cells of a notebook on this student's server, and more; return what each prints.

        Args:
            notebook: its path on this student's server.
            more: code to run after it.
            close: whether to shut the kernel down after it; few students do.

        Raises:
            RuntimeError: a cell ends in an error.
        """
        content = self.get(f"api/contents/{notebook}").json()["content"]
        cells = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]
        wanted = {"path": notebook, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        answer = requests.post(f"{self.server}/api/sessions", json=wanted, headers=self.token)
        answer.raise_for_status()
        session = answer.json()
        socket = self._connect(f"api/kernels/{session['kernel']['id']}/channels")
        try:
            return [_execute(socket, code) for code in (*cells, *more)]
        finally:
            socket.close()
            if close:
                address = f"{self.server}/api/sessions/{session['id']}"
                requests.delete(address, headers=self.token).raise_for_status()

    def type(self, command: str) -> str:
        """Type a command into a terminal of JupyterLab; return what the terminal shows."""
        answer = requests.post(f"{self.server}/api/terminals", headers=self.token)
        answer.raise_for_status()
        name = answer.json()["name"]
        socket = self._connect(f"terminals/websocket/{name}")
        # The terminal repeats what is typed, so the last word is typed in two parts.
        socket.send(json.dumps(["stdin", f"{command}; echo the''End\r"]))
        shown = ""
        try:
            while "theEnd" not in shown:
                kind, *text = json.loads(socket.recv())
                if kind == "stdout":
                    shown += text[0]
            return shown
        finally:
            socket.close()
            address = f"{self.server}/api/terminals/{name}"
            requests.delete(address, headers=self.token).raise_for_status()

    def _connect(self, path: str) -> websocket.WebSocket:
        address = f"{self.server}/{path}".replace("http", "ws", 1)
        return websocket.create_connection(address, header=self.token, timeout=LIMIT_S)


def _events(stream: str) -> list[dict]:
    return [json.loads(line.removeprefix("data: ")) for line in stream.splitlines() if line]


def _execute(socket: websocket.WebSocket, code: str) -> str:
    message = str(uuid4())
    header = {"msg_id": message, "msg_type": "execute_request", "session": "", "username": ""}
    request = {"code": code, "silent": False, "store_history": True, "stop_on_error": True}
    parts = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {}}
    socket.send(json.dumps(parts | {"content": request, "channel": "shell", "buffers": []}))
    text = ""
    while True:
        answer = json.loads(socket.recv())
        if answer["parent_header"].get("msg_id") != message:
            continue
        kind, content = answer["header"]["msg_type"], answer["content"]
        if kind == "error":
            raise RuntimeError("\n".join(content["traceback"]))
        if kind == "status" and content["execution_state"] == "idle":
            return text
        if kind == "stream":
            text += content["text"]
        elif kind in ("execute_result", "display_data"):
            text += content["data"].get("text/plain", "")
