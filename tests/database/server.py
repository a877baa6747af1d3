"""A PostgreSQL server of a test's own: in a folder of its own, with a password, on a free port."""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy

# Debian keeps each version's programs together; elsewhere they are on the PATH.
PROGRAMS = os.pathsep.join(
    [*map(str, Path("/usr/lib/postgresql").glob("*/bin")), os.environ["PATH"]]
)
ACCOUNT = None if os.geteuid() else "postgres"  # the server refuses root
USER = "course"


class Server:
    """A server with an empty cluster; it is stopped until ``start``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # What a URL gives another meaning must come through, too.
        self.password = f"@:/?%{{}}{secrets.token_urlsafe()}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        secret = folder / "password"
        secret.write_text(self.password)
        if ACCOUNT:
            for path in (folder, secret):
                shutil.chown(path, ACCOUNT)
        access = (f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256")
        self._run("initdb", *access, "--encoding=UTF8", "--no-locale", "--no-sync")

    def start(self) -> None:
        """Return when it answers."""
        settings = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c port={self.port}"
        self._run("pg_ctl", "start", "--wait", f"--log={self.folder / 'log'}", "-o", settings)

    def stop(self, how: str = "fast") -> None:
        """Return when it is down: in order, or, if "immediate", as when the power fails."""
        self._run("pg_ctl", "stop", "--wait", f"--mode={how}")

    @contextmanager
    def away(self, how: str = "fast") -> Iterator[None]:
        """Stop it for a while."""
        self.stop(how)
        try:
            yield
        finally:
            self.start()

    def url(self, database: str, password: str | None = None, port: int | None = None) -> str:
        """Return what a student puts into ``COURSE_SEARCH``."""
        address = {"host": "127.0.0.1", "port": port or self.port, "database": database}
        url = sqlalchemy.URL.create(
            "postgresql", username=USER, password=password or self.password, **address
        )
        return url.render_as_string(hide_password=False)

    def new_database(self, name: str) -> str:
        """Return the URL of an empty database."""
        self.ask("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def ask(self, database: str, statement: str) -> list[tuple]:
        """Return what a statement gives."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def _run(self, program: str, *options: str) -> None:
        path = shutil.which(program, path=PROGRAMS)
        assert path, f"{program} is not installed"
        log = self.folder / f"{program}.log"  # a pipe would stay open as long as the server runs
        with log.open("w") as file:
            done = subprocess.run(
                [path, f"--pgdata={self.folder / 'data'}", *options],
                **({"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if ACCOUNT else {}),
                **{"stdout": file, "stderr": file, "cwd": self.folder},
            )
        assert done.returncode == 0, log.read_text()
