"""The checks on a model's sentences: ``python -m evals.support evals/gold/*.jsonl``.

True sentences that are refused are false alarms: those of the extractive composer, in the fiche's
words, and those of the gold set's reference answers, in words of people who did not copy the fiche.
Lies are true sentences of the composer with one thing changed; each kind is counted apart.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from assistant.caller import read_caller
from assistant.cases import in_force
from assistant.compose import Said, compose
from assistant.opening import open_understanding
from assistant.question import Understanding
from assistant.settings import load_settings
from assistant.speech import sentences, speakable
from assistant.support import Refusal, supported, written
from assistant.units import units_of
from evals.gold import GoldItem, load_gold
from evals.statistics import SEED
from vectorstore.fiche import Fiche
from vectorstore.snapshot import Snapshot

Lie = Callable[[Said, random.Random], str | None]

_AMOUNT = re.compile(r"\b(\d[\d ]*(?:,\d+)?) (euros?|pour cent)")
_DELAY = re.compile(r"\b(\d+) (jours?|mois|ans?|semaines?)\b")
_FLIPS = (
    (re.compile(r"\bne (peut|peuvent|pouvez|doit|doivent|devez|sont|faut) pas\b"), r"\1"),
    (re.compile(r"\bn'(est|a|ont|avez|êtes) pas\b"), r"\1"),
    (re.compile(r"\b(peut|peuvent|pouvez|doit|doivent|devez|sont|faut)\b"), r"ne \1 pas"),
    (re.compile(r"\b(est|avez|ont)\b"), r"n'\1 pas"),
)
_OFFICE = re.compile(r"\b(mairie|préfecture|tribunal|notaire|consulat|commissariat|Caf|CPAM)\b")
_CASE = re.compile(r"^Dans le cas « .*? » : ")
"""The composer's own words, put in front after the checks."""
OFFICES = ("mairie", "préfecture", "tribunal", "notaire", "consulat", "commissariat")
INVENTED = (
    "Vous avez droit à un remboursement intégral.",
    "C'est gratuit pour tout le monde.",
    "Cette démarche est interdite par la loi.",
    "Adressez-vous à la Direction Générale de Marseille.",
    "Aucune démarche n'est nécessaire.",
)
LINKS = (
    "Voir www.exemple-arnaque.fr.",
    "Appelez le 08 99 70 12 34.",
    "Écrivez à aide@exemple.org.",
)


@dataclass
class Tally:
    """How many sentences were looked at, and what was refused for which reason."""

    seen: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, refusal: Refusal | None) -> None:
        self.seen += 1
        if refusal is not None:
            self.refused[refusal.why] += 1

    def line(self, name: str) -> str:
        count = sum(self.refused.values())
        reasons = ", ".join(f"{why} {n}" for why, n in self.refused.most_common())
        share = count / self.seen if self.seen else 0.0
        return f"{name} : {count} refusées sur {self.seen} ({100 * share:.1f} %) {reasons}".rstrip()


def judged(said: Said, fiche: Fiche) -> Said | Refusal:
    """What the model composer would do with a sentence."""
    return written(said.text) or supported(said, fiche)


def refusal_of(found: Said | Refusal) -> Refusal | None:
    return found if isinstance(found, Refusal) else None


def _changed_number(expression: re.Pattern[str]) -> Lie:
    def lie(said: Said, chance: random.Random) -> str | None:
        match = expression.search(said.text)
        if match is None:
            return None
        figure = str(
            int(float(match[1].replace(" ", "").replace(",", "."))) + chance.randint(3, 40)
        )
        return said.text[: match.start(1)] + figure + said.text[match.end(1) :]

    return lie


def _flipped(said: Said, chance: random.Random) -> str | None:
    for expression, replacement in _FLIPS:
        if expression.search(said.text):
            return expression.sub(replacement, said.text, count=1)
    return None


def _other_answer(said: Said, chance: random.Random) -> str | None:
    match = re.match(r"(Oui|Non)\b", said.text)
    return {"Oui": "Non", "Non": "Oui"}[match[1]] + said.text[3:] if match else None


def _other_office(said: Said, chance: random.Random) -> str | None:
    match = _OFFICE.search(said.text)
    if match is None:
        return None
    other = chance.choice([office for office in OFFICES if office != match[1].lower()])
    return said.text[: match.start()] + other + said.text[match.end() :]


def _other_row(said: Said, chance: random.Random) -> str | None:
    """The first item's amount said of the second."""
    rows = [unit for unit in units_of(said.passage) if unit.kind != "sentence"]
    for one, other in pairwise(rows):
        first, second = _AMOUNT.search(speakable(one.text)), _AMOUNT.search(speakable(other.text))
        if first and second and first[1] != second[1] and one.list_place == other.list_place:
            return speakable(other.text).replace(second[1], first[1])
    return None


LIES: dict[str, Lie] = {
    "autre montant": _changed_number(_AMOUNT),
    "autre délai": _changed_number(_DELAY),
    "négation retournée": _flipped,
    "oui pour non": _other_answer,
    "autre organisme": _other_office,
    "montant d'une autre ligne": _other_row,
    "inventé sans chiffre": lambda said, chance: chance.choice(INVENTED),
    "lien ou téléphone": lambda said, chance: f"{said.text} {chance.choice(LINKS)}",
}


def composed(
    snapshot: Snapshot, understanding: Understanding, items: Iterable[GoldItem]
) -> Iterator[tuple[Said, Fiche]]:
    """What the extractive composer says of the first right fiche of each item."""
    for item in items:
        name = next((name for name in item.fiches if name in snapshot.position), None)
        if name is None:
            continue
        fiche = snapshot.fiche(name)
        understood = understanding.read(item.question, item.history)
        caller = read_caller(understood.standalone, item.history, item.case)
        held = in_force(fiche, snapshot.passages(name), caller, understood.standalone)
        for said in compose(understood, fiche, held, caller).said:
            yield Said(_CASE.sub("", said.text), said.passage, said.spans), fiche


def references(snapshot: Snapshot, items: Iterable[GoldItem]) -> Iterator[Refusal | None]:
    """For each sentence of a reference answer, the least refusal over the right fiches' passages."""
    for item in items:
        names = [name for name in item.fiches if name in snapshot.position]
        if not item.answer or item.ask or not names:
            continue
        for text in sentences(item.answer):
            refusals: list[Refusal] = []
            for name in names:
                fiche = snapshot.fiche(name)
                for passage in snapshot.passages(name):
                    refusal = refusal_of(judged(Said(speakable(text), passage), fiche))
                    if refusal is None:
                        break
                    refusals.append(refusal)
                else:
                    continue
                yield None
                break
            else:
                yield Counter(refusals).most_common(1)[0][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    parser.add_argument("--show", action="store_true", help="print the lies that are not seen")
    arguments = parser.parse_args()
    settings = load_settings()
    snapshot = Snapshot.open(settings.home)
    items = load_gold(arguments.gold).items
    honest, free = Tally(), Tally()
    lies = {name: Tally() for name in LIES}
    chance = random.Random(SEED)
    understanding = open_understanding(snapshot, settings)
    for said, fiche in composed(snapshot, understanding, items):
        refusal = refusal_of(judged(said, fiche))
        honest.add(refusal)
        if arguments.show and refusal is not None:
            print(f"fausse alerte, {refusal.why} {refusal.words} : {said.text}")
        for name, lie in LIES.items():
            text = lie(said, chance)
            if text is None or text == said.text:
                continue
            found = judged(Said(text, said.passage), fiche)
            seen = refusal_of(found)
            if isinstance(found, Said) and found.text != text:
                # The false "oui" or "non" was taken away; what is left is true.
                seen = Refusal("answer")
            lies[name].add(seen)
            if arguments.show and seen is None:
                print(f"pas vu, {name} : {text}")
    for refusal in references(snapshot, items):
        free.add(refusal)
    print(honest.line("vraies, mots de la fiche"))
    print(free.line("vraies, autres mots"))
    for name, tally in lies.items():
        print(tally.line(f"fausses, {name}"))


if __name__ == "__main__":
    main()
