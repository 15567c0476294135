"""Health, readiness and metrics of one process, over HTTP on a port of its own.

``/health`` says that the process answers, ``/ready`` that it can serve agents (503 until then) and what is
degraded, ``/metrics`` is for Prometheus. See docs/decisions/0012-a-port-for-those-who-watch.md.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from assistant.metrics import exposition
from vectorstore.errors import SouffleurError

log = logging.getLogger("souffleur.watching")


@dataclass(frozen=True)
class State:
    """Whether agents can be served, and how each part is."""

    ready: bool
    parts: dict[str, str] = field(default_factory=dict)
    """Part -> "en état", or what is wrong, in French."""


class Watching(ThreadingHTTPServer):
    """The server; ``start`` runs it in a thread that ends with the process."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: str, port: int, state: Callable[[], State]) -> None:
        self.state = state
        super().__init__((address, port), _Handler)

    @property
    def port(self) -> int:
        """Where it listens; one that is free when port 0 was asked for."""
        return int(self.server_address[1])


def watch(address: str, port: int, state: Callable[[], State]) -> Watching:
    """Serve in the background.

    Args:
        state: asked at each look at ``/ready``; it must not wait for anything slow.

    Raises:
        SouffleurError: the port is taken.
    """
    try:
        server = Watching(address, port, state)
    except OSError as error:
        raise SouffleurError(
            f"{address}:{port} : port de surveillance pris ; en donner un autre par --watch-port"
        ) from error
    threading.Thread(target=server.serve_forever, name="watching", daemon=True).start()
    log.info("watching", extra={"port": server.port})
    return server


class _Handler(BaseHTTPRequestHandler):
    server: Watching
    timeout = 5

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/health":
            self._send(200, "text/plain; charset=utf-8", b"ok\n")
        elif path == "/ready":
            state = self.server.state()
            record = {"ready": state.ready, "parts": state.parts}
            body = json.dumps(record, ensure_ascii=False).encode() + b"\n"
            self._send(200 if state.ready else 503, "application/json", body)
        elif path == "/metrics":
            self._send(200, "text/plain; version=0.0.4; charset=utf-8", exposition())
        else:
            self._send(404, "text/plain; charset=utf-8", b"/health /ready /metrics\n")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Looks at these pages are not worth a line each."""
