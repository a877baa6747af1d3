"""A web server in this process that serves a toy's files, or misbehaves as it is told."""

import http.server
import threading
from contextlib import contextmanager


def answer(request, body, status=200, **headers):
    """Send the body; a header in ``headers`` counts, whether it is true or not."""
    request.send_response(status)
    for name, value in ({"Content_Length": len(body)} | headers).items():
        request.send_header(name.replace("_", "-"), str(value))
    request.end_headers()
    request.wfile.write(body)
    request.wfile.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/start":  # where worker processes wait for each other
            self.server.start.wait(30)
            return answer(self, b"go")
        return self.server.respond(self)

    def log_message(self, *args):
        pass


@contextmanager
def served(respond, **attributes):
    """A server that answers by ``respond(request)``, which goes by the server's attributes."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        server.respond, server.how = respond, "right"
        server.over, server.first = threading.Event(), threading.Event()
        server.start = threading.Barrier(4)
        vars(server).update(attributes)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()
