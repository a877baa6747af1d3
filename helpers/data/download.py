"""Download classic files over HTTP. A broken download goes on where it ended."""

import errno
import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from helpers.data.sources import DataError, Download

CONNECT_S = 3
SILENCE_S = 10.0  # a server that sends nothing for this long is given up
CHUNK = 1 << 16  # bytes
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def download(item: Download, folder: Path) -> Path:
    """Download one classic file into ``folder`` and return its verified path.

    What has arrived stands in a ``.part`` file. If the line breaks it stays there, and the next
    call for the same folder asks for the rest only. It gets its own name when its hash is right.

    ``DataError``: the server is unreachable, falls silent, or sends other bytes than the
    publisher's hash expects. ``OSError``: the disk does not take the file.
    """
    path, part = folder / item.file, folder / f"{item.file}.part"
    if path.is_file() and item.matches(path):
        return path
    resumed = part.is_file()
    if not resumed or not item.matches(part):
        try:
            _receive(item.url, part)
        except requests.RequestException as error:
            raise _no_answer(item.url, error) from error
        if not item.matches(part):
            part.unlink()
            if resumed:  # its beginning may be at fault, so once more, and all of it
                return download(item, folder)
            raise DataError(f"{item.url} sent a file that is damaged or was changed")
    os.replace(part, path)
    return path


def _no_answer(url: str, error: OSError) -> DataError:
    reason = type(error).__name__  # urllib3 wraps the cause several times over
    if "certificate" in str(error):
        reason += ": its certificate could not be checked"
        for name in CERTIFICATES:
            if (file := os.environ.get(name)) and not os.path.exists(file):
                reason += f"; {name} is {file!r}, which does not exist: correct or unset it"
    return DataError(f"{url} gave no complete answer ({reason})")


def _receive(url: str, part: Path) -> None:
    """Write what the server sends into ``part``; after what is there, if the server agrees."""
    start = part.stat().st_size if part.is_file() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        knock(url)
        answer = requests.get(url, stream=True, headers=headers, timeout=(CONNECT_S, SILENCE_S))
    except OSError as error:  # nothing is written yet, so the disk is not to blame
        raise _no_answer(url, error) from error
    with answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # the part is as long as the file, or longer, and yet its hash is wrong
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            start = 0  # this server sends whole files only
        length = answer.headers.get("Content-Length", "")
        left = int(length) if length.isdecimal() else 0
        if left > shutil.disk_usage(part.parent).free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        total = start + left or None
        bar = tqdm(desc=part.stem, total=total, initial=start, unit="B", unit_scale=True, ncols=79)
        with part.open("ab" if start else "wb") as file, bar:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))


def knock(url: str) -> None:
    """Raise ``OSError`` unless the host takes a connection at its first address of a kind.

    A large host has a dozen addresses, and behind a firewall requests would wait for each.
    """
    if requests.utils.get_environ_proxies(url):  # then the proxy connects, not we
        return
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    firsts = {family: str(place[0]) for family, *_, place in reversed(found)}
    for number, address in enumerate(firsts.values(), start=1):
        try:
            return socket.create_connection((address, port), CONNECT_S).close()
        except OSError:
            if number == len(firsts):
                raise
