"""A question of a call as it stands alone, part by part: by a model where there is one, else by rules.

The rules are those of ``assistant/question.py`` (the topic of the call in front) and
``assistant/mixed.py``. A model is asked only where they have something to do, and only after the
card made by them is shown (docs/decisions/0007-rewriting-behind-the-card.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from assistant.drift import drift
from assistant.mixed import MOST_PARTS, parts_of
from assistant.prompts import load_prompt
from assistant.question import Understanding, clean
from assistant.texts import load_yaml
from vectorstore.errors import SouffleurError, UsageError

if TYPE_CHECKING:
    from assistant.endpoint import Endpoint, Reply

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "questions": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": MOST_PARTS,
        }
    },
    "required": ["questions"],
    "additionalProperties": False,
}
EARLIER = 4
"""Earlier questions of the call that are shown to the model."""


@dataclass(frozen=True)
class Reading:
    """The questions that a question of a call is."""

    questions: tuple[str, ...]
    """Each stands alone; in the order they were asked."""
    by: Literal["rules", "model"] = "rules"
    note: str = ""
    """Why the model's version is not used, in French."""
    reply: Reply | None = None
    """What the model sent, with its tokens and its price."""


class Rewriter:
    """Reads questions of a call.

    Args:
        understanding: of the snapshot in use.
        endpoint: of the role "rewrite"; None leaves the rules.
        max_chars: the longest question that is accepted.
    """

    def __init__(
        self, understanding: Understanding, endpoint: Endpoint | None, max_chars: int
    ) -> None:
        self._understanding = understanding
        self._endpoint = endpoint
        self._max_chars = max_chars

    def is_due(self, question: str, history: Sequence[str] = ()) -> bool:
        """Whether a model is configured and the question is a follow-up or may be a mixed one."""
        if self._endpoint is None:
            return False
        query = self._understanding.read(question, history).query
        return bool(query.topic) or len(parts_of(query.text)) > 1

    def by_rules(self, question: str, history: Sequence[str] = ()) -> Reading:
        """The rules' version: one question, with the topic of the call in front of a follow-up."""
        return Reading((self._understanding.read(question, history).standalone,))

    def rewrite(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        deadline_s: float | None = None,
        call: str = "",
    ) -> Reading:
        """The model's version, if it says nothing else than was asked; else the rules'.

        Args:
            question: what the agent typed.
            history: earlier questions of the same call, oldest first.
            deadline_s: the most that may be waited for the model; its settings' when shorter.
            call: the call on whose budget it goes.
        """
        rules = self.by_rules(question, history)
        if self._endpoint is None or not self.is_due(question, history):
            return rules
        earlier = history[-EARLIER:]
        messages = load_prompt("rewrite").messages(
            {
                "history": "\n".join(_flat(text) for text in earlier) or "—",
                "question": _flat(clean(question, self._max_chars)),
            }
        )
        try:
            reply = self._endpoint.complete(
                messages, schema=SCHEMA, deadline_s=deadline_s, call=call
            )
        except SouffleurError as error:
            return Reading(rules.questions, note=str(error))
        questions = self._questions(reply.data)
        if not questions:
            return Reading(rules.questions, note=load_yaml("scripts")["drift"]["form"], reply=reply)
        refused = drift(questions, question, history, self._understanding)
        if refused:
            return Reading(rules.questions, note=refused, reply=reply)
        return Reading(questions, "model", reply=reply)

    def _questions(self, data: dict[str, Any] | None) -> tuple[str, ...]:
        """The questions of a reply, cleaned; none when it has another form than was asked for."""
        found = (data or {}).get("questions")
        if not isinstance(found, list) or not 0 < len(found) <= MOST_PARTS:
            return ()
        try:
            return tuple(clean(text, self._max_chars) for text in found)
        except (TypeError, UsageError):  # not a text, empty or too long
            return ()


def _flat(text: str) -> str:
    """One line that cannot close the tags it stands between."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())
