"""The prompts of ``prompts/*.md``: Markdown with front matter, its variables checked at load."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.attempt import Message
from assistant.texts import PROMPTS
from vectorstore.errors import UsageError

_HEADER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.S)
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_USER = "\n---\n"
"""What parts the system's text from the user's."""


class Prompt(BaseModel):
    """A Markdown prompt with its front matter.

    A line ``---`` in the body parts what the system says from what the user says; without it all is
    the user's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    version: int
    variables: list[str]
    body: str

    def filled(self, values: Mapping[str, str]) -> str:
        """The body with its ``{{variables}}`` replaced, in one pass."""
        return _VARIABLE.sub(lambda match: values[match[1]], self.body)

    def messages(self, values: Mapping[str, str]) -> list[Message]:
        """The same as messages; a value never makes a message of its own."""
        system, found, user = self.body.partition(_USER)
        if not found:
            return [("user", self.filled(values))]

        def fill(text: str) -> str:
            return _VARIABLE.sub(lambda match: values[match[1]], text).strip()

        return [("system", fill(system)), ("user", fill(user))]

    def digest(self) -> str:
        """What changes when the prompt does."""
        return hashlib.sha256(f"{self.name}\0{self.version}\0{self.body}".encode()).hexdigest()[:16]


@cache
def load_prompt(name: str, folder: Path = PROMPTS) -> Prompt:
    """Read ``prompts/<name>.md``.

    Raises:
        UsageError: the front matter is missing or wrong, or a variable is not declared.
    """
    path = folder / f"{name}.md"
    try:
        match = _HEADER.match(path.read_text("utf-8"))
        if match is None:
            raise ValueError("pas d'en-tête entre « --- »")
        prompt = Prompt(**yaml.safe_load(match[1]), body=match[2].strip())
        used = set(_VARIABLE.findall(prompt.body))
        if used != set(prompt.variables):
            raise ValueError(f"variables déclarées {prompt.variables}, employées {sorted(used)}")
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        raise UsageError(f"{path} : texte pour le modèle inutilisable ({error})") from None
    return prompt
