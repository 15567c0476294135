"""The application's process: logs, the port for those who watch, and Streamlit's server.

``souffleur ui`` runs it as ``python -m ui.serve PORT ADDRESS WATCH_PORT``; watch port 0 is the port plus 1000,
without which the application starts all the same. The pages' modules are imported before any thread starts: two threads
that import Streamlit at once can each wait for the other's half.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path

from streamlit.web.cli import main as streamlit

from assistant.logs import configure_logs
from assistant.metrics import CORPUS_DAYS, JOURNAL_WAITING
from assistant.settings import load_settings
from assistant.watching import State, watch
from ui.opening import corpus_failure, open_assistant, open_journal
from vectorstore.errors import SouffleurError
from vectorstore.snapshot import current_folder, read_manifest

log = logging.getLogger("souffleur.serve")
FINE = "en état"
DAY_S = 86_400


class Service:
    """The parts that the pages share, opened before the first agent comes."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    def open(self) -> None:
        """Open journal and assistant; a part that fails is told, and opened again when it is asked for."""
        try:
            journal = open_journal()
            JOURNAL_WAITING.set_function(lambda: float(bool(journal.degraded)))
            open_assistant()
        except SouffleurError as error:
            log.warning("not_opened", extra={"reason": type(error).__name__})
        finally:
            self._opened.set()

    def keep_to_retention(self) -> None:
        """Forget once a day the calls that are older than the settings keep."""
        while True:
            try:
                open_journal().purge(load_settings().journal_days)
            except SouffleurError as error:
                log.warning("not_purged", extra={"reason": type(error).__name__})
            time.sleep(DAY_S)

    def state(self) -> State:
        """Ready once the parts are open and a corpus serves; what is degraded is only told."""
        if not self._opened.is_set():
            return State(False, {"application": "en cours d'ouverture"})
        try:
            corpus = open_assistant().snapshot.notice or corpus_failure() or FINE
            ready = True
        except SouffleurError as error:
            corpus, ready = str(error), False
        parts = {"corpus": corpus, "journal": open_journal().degraded or FINE}
        return State(ready, parts)


def corpus_days() -> float:
    """Age in days of the data in use; -1 without a corpus."""
    try:
        return float(read_manifest(current_folder(load_settings().home)).age_days())
    except SouffleurError:
        return -1.0


def main(port: int, address: str, watch_port: int) -> None:
    """Serve the application until the process ends."""
    settings = load_settings()
    configure_logs(settings.log_level)
    service = Service()
    CORPUS_DAYS.set_function(corpus_days)
    try:
        watch(settings.watch_address, watch_port or port + 1000, service.state)
    except SouffleurError:
        if watch_port:
            raise
        log.warning("not_watched", extra={"port": port + 1000})
    for work in (service.open, service.keep_to_retention):
        threading.Thread(target=work, name=work.__name__, daemon=True).start()
    options = {
        "server.port": port,
        "server.address": address,
        "server.headless": str(not os.environ.get("DISPLAY")).lower(),
        "browser.gatherUsageStats": "false",
        "runner.magicEnabled": "false",
        "client.toolbarMode": "minimal",
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": "false",
    }
    page = Path(__file__).with_name("app.py")
    sys.argv = ["streamlit", "run", str(page), *(f"--{k}={v}" for k, v in options.items())]
    streamlit()


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    except SouffleurError as error:
        print(f"souffleur : {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from error
