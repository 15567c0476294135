"""A scripted OpenAI-compatible server on loopback: real HTTP, with every fault an endpoint may have."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import SecretStr

from assistant.settings import AnswerModel, ModelSettings

KEY = "cle-secrete-4f9a1c"
MODEL = "modele-d-essai"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Scripted:
    """How one request is answered.

    A reply in a stream goes out in ``pieces``; ``cut_after`` and ``stall_after`` count pieces.
    """

    text: str = ""
    status: int = 200
    message: str = "erreur voulue"
    headers: dict[str, str] = field(default_factory=dict)
    pieces: int = 8
    pause_s: float = 0.0
    """Between two pieces, and before the first."""
    cut_after: int | None = None
    """Close the connection there."""
    end_after: int | None = None
    """End the body cleanly there, with no reason and no ``[DONE]``."""
    stall_after: int | None = None
    """Send nothing more there, with the connection open."""
    refusal: str = ""
    finish: str = "stop"
    body: bytes | None = None
    """Sent as it is in the place of a reply."""
    huge: int = 0
    """Bytes of padding to send, without end of line."""
    drip_headers_s: float = 0.0
    """Send the response's head one byte at a time, this long apart."""


Answering = Callable[[dict[str, Any]], Scripted]


class ScriptedServer:
    """The server's script, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        """The bodies of the requests, oldest first."""
        self.keys: list[str] = []
        self.refuses: tuple[str, ...] = ()
        """Words of a request's parameters that are answered with 400: "json_schema"."""
        self.closing = threading.Event()
        self.base_url = ""
        self._next: list[Scripted] = []
        self._always: Answering = lambda request: Scripted(text='{"ok": true}')

    def then(self, *replies: Scripted) -> None:
        """Answer the next requests so, one after the other."""
        self._next.extend(replies)

    def always(self, reply: Scripted | Answering) -> None:
        """Answer all further requests so."""
        self._always = (lambda request: reply) if isinstance(reply, Scripted) else reply

    def settings(self, **values: Any) -> ModelSettings:
        """Settings that name this server; short bounds, no retry unless ``values`` say otherwise."""
        known: dict[str, Any] = {
            "base_url": self.base_url,
            "model": MODEL,
            "api_key": SecretStr(KEY),
            "connect_timeout_s": 1.0,
            "silence_timeout_s": 0.5,
            "deadline_s": 1.0,
            "retries": 0,
        }
        return AnswerModel(_env_file=None, **{**known, **values})  # type: ignore[call-arg]

    def reply_to(self, request: dict[str, Any]) -> Scripted:
        self.asked.append(request)
        told = json.dumps({key: value for key, value in request.items() if key != "messages"})
        for word in self.refuses:
            if word in told:
                return Scripted(status=400, message=f"{word} is not supported by this model")
        return self._next.pop(0) if self._next else self._always(request)


@contextmanager
def serving() -> Iterator[ScriptedServer]:
    """A server for as long as the context lasts."""
    server = ScriptedServer()

    class Handler(_Handler):
        script = server

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server.base_url = f"http://127.0.0.1:{listening.server_port}/v1"
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        listening.shutdown()
        listening.server_close()


class _Handler(BaseHTTPRequestHandler):
    script: ScriptedServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.script.keys.append(self.headers.get("Authorization", ""))
        reply = self.script.reply_to(body)
        self.close_connection = True
        try:
            self._answer(reply, streamed=bool(body.get("stream")))
        except (BrokenPipeError, ConnectionResetError):
            return

    def _answer(self, reply: Scripted, streamed: bool) -> None:
        if reply.drip_headers_s:
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 4000:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                if self.script.closing.wait(reply.drip_headers_s):
                    return
        if reply.status != 200:
            error = {"error": {"message": reply.message, "type": "voulu", "code": None}}
            self._head(reply, "application/json")
            self._padded(reply)
            self.wfile.write(json.dumps(error).encode())
            return
        kind = "text/event-stream" if streamed else "application/json"
        if reply.body is not None or reply.huge:
            self._head(reply, kind)
            self._padded(reply)
            self.wfile.write(reply.body or b"")
            return
        self._head(reply, kind)
        if streamed:
            self._stream(reply)
        elif not self._wait(reply.pause_s * reply.pieces):
            whole = json.dumps(_whole(reply)).encode()
            self.wfile.write(whole if reply.cut_after is None else whole[:40])
            if reply.stall_after is not None:
                self._wait(60)

    def _head(self, reply: Scripted, kind: str) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", kind)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.cut_after is not None:
            self.send_header("Content-Length", str(50 * MEGABYTE if reply.huge else 100_000))
        else:
            self.send_header("Connection", "close")
        self.end_headers()

    def _padded(self, reply: Scripted) -> None:
        block = b" " * 65536
        for _ in range(reply.huge // len(block)):
            self.wfile.write(block)

    def _stream(self, reply: Scripted) -> None:
        size = max(1, -(-len(reply.text) // reply.pieces))
        pieces = [reply.text[n : n + size] for n in range(0, len(reply.text), size)]
        if reply.refusal:
            self._event(_chunk({"refusal": reply.refusal}))
        for count, piece in enumerate(pieces):
            if reply.stall_after == count:
                self._wait(60)
                return
            if count in (reply.cut_after, reply.end_after) or self._wait(reply.pause_s):
                return
            self._event(_chunk({"role": "assistant", "content": piece}))
        self._event(_chunk({}, finish=reply.finish))
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
        self._event({**_chunk({}), "choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")
        self.wfile.flush()

    def _wait(self, seconds: float) -> bool:
        """Wait; True when the server is closing."""
        return seconds > 0 and self.script.closing.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "x", "object": "chat.completion.chunk", "created": 0, "model": MODEL,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }  # fmt: skip


def _whole(reply: Scripted) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal or None}
    return {
        "id": "x", "object": "chat.completion", "created": 0, "model": MODEL,
        "choices": [{"index": 0, "finish_reason": reply.finish, "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }  # fmt: skip


def faults(text: str) -> dict[str, tuple[Scripted, str]]:
    """Every fault, by name, with the kind that it is reported as.

    Args:
        text: a right reply, which the fault spoils.
    """
    half = {"pieces": 8, "text": text}
    return {
        "slow drips": (Scripted(text=text, pieces=200, pause_s=0.1), "timeout"),
        "a stall before the first word": (Scripted(text=text, stall_after=0), "timeout"),
        "a stall mid-sentence": (Scripted(**half, stall_after=4), "timeout"),
        "a head that drips": (Scripted(text=text, drip_headers_s=0.05), "timeout"),
        "a stream cut": (Scripted(**half, cut_after=4), "cut"),
        "a stream that just ends": (Scripted(**half, end_after=4), "cut"),
        "400": (Scripted(status=400), "request"),
        "401": (Scripted(status=401, message=f"Incorrect API key provided: {KEY}"), "key"),
        "403": (Scripted(status=403), "key"),
        "404": (Scripted(status=404), "model"),
        "408": (Scripted(status=408), "timeout"),
        "429 with Retry-After": (Scripted(status=429, headers={"Retry-After": "30"}), "rate"),
        "429": (Scripted(status=429), "rate"),
        "500": (Scripted(status=500), "server"),
        "503": (Scripted(status=503), "server"),
        "a redirect": (
            Scripted(status=307, headers={"Location": "http://127.0.0.1:9/"}),
            "request",
        ),
        "an empty reply": (Scripted(text=""), "empty"),
        "an empty body": (Scripted(body=b""), "empty"),
        "invalid JSON in the protocol": (Scripted(body=b"data: {oops\n\n"), "protocol"),
        "a page of HTML": (Scripted(body=b"<html>bonjour</html>"), "empty"),
        "an error in the stream": (
            Scripted(body=b'data: {"error": {"message": "surcharge"}}\n\n'),
            "server",
        ),
        "no JSON in the reply": (Scripted(text="Je ne sais pas."), "invalid"),
        "JSON cut short": (Scripted(text=text[: len(text) // 2], finish="length"), "invalid"),
        "wrong schema": (Scripted(text='{"dire": 3}'), "invalid"),
        "a refusal": (Scripted(refusal="Je ne peux pas."), "refusal"),
        "a filtered reply": (Scripted(text=text, finish="content_filter"), "refusal"),
        "a body of 50 MB": (Scripted(huge=50 * MEGABYTE), "too_long"),
        "a body that says 50 MB": (
            Scripted(huge=50 * MEGABYTE, headers={"Content-Length": str(50 * MEGABYTE)}),
            "too_long",
        ),
        "an error of 50 MB": (Scripted(status=500, huge=50 * MEGABYTE), "too_long"),
        "a packed body": (
            Scripted(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
            "too_long",
        ),
    }  # fmt: skip
