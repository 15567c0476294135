"""Writes turns until it is killed; prints the id of each one that was acknowledged.

Run as ``python -m tests.soak.journal_writer HOME``, with ``DATABASE_URL`` as for the application.
"""

from __future__ import annotations

import sys
from pathlib import Path

from assistant.card import Card
from assistant.journal import Journal
from assistant.settings import Settings


def main(home: Path) -> None:
    journal = Journal.open(Settings(home=home))
    call = journal.start_call()
    while True:
        card = Card(question="passeport " * 200, standalone_question="passeport", abstained=True)
        print(journal.record_turn(call, card), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
