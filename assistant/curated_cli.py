"""The ``souffleur curated`` commands. Heavy imports happen inside the commands that need them."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from vectorstore.errors import UsageError

if TYPE_CHECKING:
    from assistant.chain import Assistant
    from assistant.curated import CuratedBook
    from assistant.journal import Journal

app = typer.Typer(
    name="curated",
    help="Les réponses validées : une réponse fixe pour une question fréquente.",
    no_args_is_help=True,
)
STATES_FR = {"in_use": "en service", "to_review": "à revoir", "withdrawn": "retirée"}
JsonFlag = Annotated[bool, typer.Option("--json", help="Un objet JSON sur la sortie standard.")]


@app.command("list")
def list_(as_json: JsonFlag = False) -> None:
    """Toutes les réponses validées, avec leur état."""
    answers = _journal().curated()
    if as_json:
        records = [asdict(answer) for answer in answers]
        print(json.dumps({"curated": records}, ensure_ascii=False, indent=2, default=str))
        return
    for answer in answers:
        print(
            f"{answer.id[:8]}  {STATES_FR[answer.state]:10} {answer.fiche:8} "
            f"jusqu'au {answer.expires:%d/%m/%Y}  {answer.question}"
        )


@app.command()
def approve(
    question: Annotated[str, typer.Argument(help="La question, en français courant.")],
    say: Annotated[str, typer.Option(help="Ce que l'agent dira, mot pour mot.")],
    fiche: Annotated[str, typer.Option(help="La fiche où se trouvent ses faits.")],
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Premier jour où elle n'est plus dite.")
    ],
) -> None:
    """Valider une réponse ; refusée si un de ses faits n'est pas dans la fiche."""
    from assistant.chain import Assistant
    from assistant.curated import approve as approve_answer
    from assistant.journal_records import CuratedAnswer

    assistant = Assistant.open()
    answer = CuratedAnswer(question, say, fiche, "", until.date(), _who(), datetime.now(UTC))
    journal = _journal()
    answer_id = approve_answer(journal, assistant.snapshot, assistant.understanding, answer)
    journal.audit(_who(), "curated_in_use", answer_id)
    print(f"Réponse {answer_id[:8]} en service jusqu'au {until:%d/%m/%Y}.")


@app.command()
def withdraw(
    answer: Annotated[str, typer.Argument(help="Son numéro, ou le début de son numéro.")],
    why: Annotated[str, typer.Option(help="Pourquoi.")] = "retirée",
) -> None:
    """Retirer une réponse validée."""
    journal = _journal()
    found = [known for known in journal.curated() if known.id.startswith(answer)]
    if len(found) != 1:
        state = "aucune" if not found else "plusieurs"
        raise UsageError(
            f"{answer} : {state} réponse de ce numéro ; voir « souffleur curated list »"
        )
    journal.withdraw(found[0].id, why, _who())
    print(f"Réponse {found[0].id[:8]} retirée.")


@app.command()
def review() -> None:
    """Retirer et mettre à revoir les réponses échues ou dont la fiche a changé."""
    from assistant.curated import review as review_answers
    from assistant.settings import load_settings
    from vectorstore.snapshot import Snapshot

    stale = review_answers(_journal(), Snapshot.open(load_settings().home), date.today())
    for answer, why in stale:
        print(f"{answer.id[:8]}  {answer.question} : {why}")
    print(f"{len(stale)} réponse(s) à revoir")


def curated_book(assistant: Assistant) -> CuratedBook | None:
    """The approved answers of this installation; none where it has no journal yet."""
    from assistant.curated import CuratedBook

    settings = assistant.settings
    if settings.database_url is None and not (settings.home / "journal.sqlite").is_file():
        return None
    return CuratedBook(_journal(), assistant.snapshot, assistant.understanding)


def _journal() -> Journal:
    from assistant.journal import Journal
    from assistant.settings import load_settings

    return Journal.open(load_settings())


def _who() -> str:
    return f"terminal:{getpass.getuser()}"
