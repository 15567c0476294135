from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import silent
from vectorstore import download as downloading
from vectorstore.directory_sources import fetch_directory
from vectorstore.download import download
from vectorstore.errors import SourceUnavailable, UsageError, shown_url

Answer = Callable[[BaseHTTPRequestHandler], None]
PASSWORD = "chut-secret"


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """The address of a server that answers every request so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:  # nobody reads any more
                return

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/part/zip/corpus.zip"
    server.shutdown()
    server.server_close()


def whole(handler: BaseHTTPRequestHandler) -> None:
    if handler.headers.get("If-None-Match") == '"1"':
        handler.send_response(304)
        handler.end_headers()
        return
    handler.send_response(200)
    handler.send_header("ETag", '"1"')
    handler.send_header("Last-Modified", "Tue, 24 Nov 2020 10:00:00 GMT")
    handler.send_header("Content-Length", "5")
    handler.end_headers()
    handler.wfile.write(b"fiche")


def dripping_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    drip(handler)


def dripping_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    drip(handler)


def drip(handler: BaseHTTPRequestHandler) -> None:
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


@pytest.mark.parametrize("answer", [dripping_body, dripping_headers])
def test_a_server_that_drips_ends_the_download_at_its_deadline(
    tmp_path: Path, answer: Answer
) -> None:
    target = tmp_path / "corpus.zip"
    target.write_bytes(b"earlier")
    with answering(answer) as url:
        started = time.monotonic()
        with pytest.raises(SourceUnavailable, match=r"abandonné, pas terminé en 1 s ; réessayer"):
            download(url, target, 1.0, silent, deadline_s=1.0)
        assert time.monotonic() - started < 3
        time.sleep(0.5)  # the thread that was left behind meets its next byte
    assert [file.name for file in tmp_path.iterdir()] == ["corpus.zip"]
    assert target.read_bytes() == b"earlier"


def test_a_file_that_has_not_changed_is_not_downloaded_again(tmp_path: Path) -> None:
    target = tmp_path / "cache" / "corpus.zip"
    seen: list[int] = []
    with answering(whole) as url:
        dates = {download(url, target, 1.0, lambda _, done, __: seen.append(done)) for _ in "ab"}
    assert dates == {"2020-11-24"}
    assert seen == [5]
    assert target.read_bytes() == b"fiche"


def test_a_file_beyond_the_bound_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "MAX_DOWNLOAD_BYTES", 4)
    with answering(whole) as url, pytest.raises(SourceUnavailable, match="au-delà de 4 octets"):
        download(url, tmp_path / "corpus.zip", 1.0, silent)
    assert list(tmp_path.iterdir()) == []


def test_a_password_in_an_address_reaches_its_server_and_no_message_or_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent: list[str] = []

    def refusing(handler: BaseHTTPRequestHandler) -> None:
        sent.append(handler.headers.get("Authorization", ""))
        handler.send_response(403)
        handler.end_headers()

    with answering(refusing) as url:
        address = url.replace("//", f"//moi:{PASSWORD}@")
        with pytest.raises(SourceUnavailable, match="injoignable") as caught:
            download(address, tmp_path / "corpus.zip", 1.0, silent)
    assert base64.b64decode(sent[0].split()[1]).decode() == f"moi:{PASSWORD}"
    assert PASSWORD not in str(caught.value)
    assert PASSWORD not in caplog.text


def test_a_source_that_is_refused_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        fetch_directory(f"http://moi:{PASSWORD}@exemple.invalid/a/b.json", tmp_path, 0.1, silent)
    assert "exemple.invalid" in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://moi:{PASSWORD}@chroma.exemple:8000/t/d", "https://chroma.exemple:8000/t/d"),
        (f"https://{PASSWORD}@chroma.exemple", "https://chroma.exemple"),
        (f"https://a@b:{PASSWORD}@chroma.exemple", "https://chroma.exemple"),
        (f"https://moi:{PASSWORD}@[fe80", "adresse illisible"),
        ("http://chroma:8000", "http://chroma:8000"),
    ],
)
def test_an_address_is_shown_without_name_password_or_token(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    assert urlsplit(shown).password is None
