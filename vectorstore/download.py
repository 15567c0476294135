"""One file from a server to the disk: only when it changed, within a deadline and a size."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from vectorstore.deadline import until
from vectorstore.errors import SourceUnavailable, shown_url

MAX_DOWNLOAD_BYTES = 512 * 1024 * 1024
DOWNLOAD_DEADLINE_S = 1800.0
"""For the whole file, however slowly it comes."""
SILENCE_TIMEOUT_S = 60.0
"""Between two bytes."""

Report = Callable[[str, int, int], None]
"""Called with a phase's French name, what is done and the total (0 when unknown)."""


@dataclass(frozen=True)
class _Received:
    """The file, still under another name, and what its server said of it; no file when unchanged."""

    file: Path | None
    etag: str | None = None
    modified: str = ""


def download(
    url: str,
    target: Path,
    connect_timeout_s: float,
    report: Report,
    *,
    deadline_s: float = DOWNLOAD_DEADLINE_S,
) -> str:
    """Download ``url`` if it changed; returns the file's ISO date.

    Args:
        url: may hold a name and a password, which no message or log repeats.
        target: the file; what is known of it is kept beside it.
        connect_timeout_s: how long the server may take to answer at all.
        report: told of the bytes received.
        deadline_s: how long the whole may take.

    Raises:
        SourceUnavailable: the server cannot be reached, is too slow, or sends too much.
    """
    import httpx

    state_file = target.with_suffix(".json")
    state = json.loads(state_file.read_text()) if state_file.exists() and target.exists() else {}
    headers = {"If-None-Match": state["etag"]} if state.get("etag") else {}
    if state.get("modified"):
        headers["If-Modified-Since"] = state["modified"]
    timeout = httpx.Timeout(SILENCE_TIMEOUT_S, connect=connect_timeout_s)
    target.parent.mkdir(parents=True, exist_ok=True)
    name = shown_url(url)
    received = _Received(None)
    try:
        for step in until(
            time.monotonic() + deadline_s,
            lambda: _transfer(url, target, headers, timeout),
            threading.Event(),
        ):
            if isinstance(step, _Received):
                received = step
            else:
                report(f"Téléchargement {name.split('/')[-3]}", *step)
    except TimeoutError as error:
        raise SourceUnavailable(
            f"{name} : téléchargement abandonné, pas terminé en {deadline_s:.0f} s ; "
            "réessayer plus tard ou donner le fichier à --source"
        ) from error
    except httpx.HTTPError as error:
        reason = str(error).replace(url, name) or type(error).__name__
        raise SourceUnavailable(f"{name} : serveur injoignable ({reason})") from error
    if received.file is None:
        return str(state.get("date", ""))
    date = parsedate_to_datetime(received.modified).date().isoformat() if received.modified else ""
    received.file.replace(target)
    state_file.write_text(
        json.dumps({"etag": received.etag, "modified": received.modified, "date": date})
    )
    return date


def _transfer(
    url: str, target: Path, headers: dict[str, str], timeout: Any
) -> Iterator[tuple[int, int] | _Received]:
    """Bytes received and their total, as they come; at last the file."""
    import httpx

    address = urlsplit(url)
    # In the address they would stand in the client's log and in its errors.
    auth = (
        (unquote(address.username), unquote(address.password or "")) if address.username else None
    )
    with httpx.stream(
        "GET", shown_url(url), headers=headers, timeout=timeout, auth=auth, follow_redirects=True
    ) as response:
        if response.status_code == 304:
            yield _Received(None)
            return
        response.raise_for_status()
        total = int(response.headers.get("Content-Length", 0))
        done = 0
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f"{target.name}.", suffix=".partial", delete=False
        ) as stream:
            partial = Path(stream.name)
            try:
                for chunk in response.iter_bytes():
                    done += len(chunk)
                    if done > MAX_DOWNLOAD_BYTES:
                        raise SourceUnavailable(
                            f"{shown_url(url)} : au-delà de {MAX_DOWNLOAD_BYTES} octets"
                        )
                    stream.write(chunk)
                    yield done, total
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        yield _Received(
            partial, response.headers.get("ETag"), response.headers.get("Last-Modified", "")
        )
