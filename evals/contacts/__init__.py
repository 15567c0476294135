"""Are a fiche's contacts shown for the caller's case? ``python -m evals.contacts``.

Each annotation names a fiche of the corpus of November 2020, a question that it answers and what
the agent tells of the case; then the contacts that must stand first, and those of another case
that must not be shown. The card is made by the chain's own steps, the fiche being given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.assemble import MAX_CONTACTS
from assistant.card import ContactCard
from assistant.chain import Assistant
from vectorstore.errors import UsageError

ANNOTATIONS = Path(__file__).resolve().parent / "annotations.jsonl"
BAR = 0.98


class Annotation(BaseModel):
    """One question to one fiche, and the contacts that its caller needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fiche: str
    question: str
    case: tuple[str, ...] = ()
    """What the agent tells of the case."""
    expected: tuple[str, ...]
    """Names or pivots that stand first, in any order; empty where the case has no contact."""
    others: tuple[str, ...] = Field(default=(), alias="not")
    """Names or pivots of another case."""


@dataclass(frozen=True)
class Measured:
    """One annotation as the chain answered it."""

    annotation: Annotation
    shown: tuple[str, ...]
    """Names on the card, in their order."""
    faults: tuple[str, ...]
    """What is wrong of them; empty when all is right."""


def load_annotations(path: Path = ANNOTATIONS) -> list[Annotation]:
    """The lines of a file.

    Raises:
        UsageError: a line is none; the error names it.
    """
    if not path.is_file():
        raise UsageError(f"{path} : fichier absent")
    annotations = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            annotations.append(Annotation.model_validate_json(line))
        except ValidationError as error:
            raise UsageError(f"{path}, ligne {number} : {error.errors()[0]['msg']}") from error
    return annotations


def faults_of(annotation: Annotation, shown: Sequence[ContactCard]) -> tuple[str, ...]:
    """What is wrong of the contacts shown: one missing from the first, one of another case, too many.

    Contacts of one name count once, for a fiche may list an office twice, with two complements.
    """
    names = list(dict.fromkeys((card.name, card.pivot or card.name) for card in shown))
    first = names[: len(annotation.expected)]
    faults = [
        f"« {name} » n'est pas en tête" for name in annotation.expected if not _among(name, first)
    ]
    faults += [
        f"« {name} » est d'un autre cas" for name in annotation.others if _among(name, names)
    ]
    if len(shown) > MAX_CONTACTS:
        faults.append(f"{len(shown)} contacts, au plus {MAX_CONTACTS}")
    return tuple(faults)


def measure(assistant: Assistant, annotations: Iterable[Annotation]) -> list[Measured]:
    """Every annotation whose fiche the corpus holds."""
    results = []
    for annotation in annotations:
        if annotation.fiche not in assistant.snapshot.position:
            continue
        card = assistant.ask_of(annotation.fiche, annotation.question, cases=annotation.case)
        shown = tuple(contact.name for contact in card.contacts)
        results.append(Measured(annotation, shown, faults_of(annotation, card.contacts)))
    return results


def _among(name: str, shown: Iterable[tuple[str, str]]) -> bool:
    return any(name in names for names in shown)
