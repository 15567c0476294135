"""The texts and patterns of ``prompts/``, read once and checked at load."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vectorstore.errors import SouffleurError

PROMPTS = Path(__file__).resolve().parent.parent / "prompts"


@cache
def load_yaml(name: str) -> dict[str, Any]:
    """The content of ``prompts/<name>.yaml``.

    Raises:
        SouffleurError: missing, or not a mapping.
    """
    path = PROMPTS / f"{name}.yaml"
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise SouffleurError(f"{path} : illisible ({error})") from error
    if not isinstance(data, dict):
        raise SouffleurError(f"{path} : un dictionnaire YAML était attendu")
    return data


@cache
def pattern(expression: str) -> re.Pattern[str]:
    """A compiled pattern over folded text."""
    return re.compile(expression)


def any_match(expressions: list[str], folded: str) -> str | None:
    """The first expression that is found in the folded text."""
    return next((item for item in expressions if pattern(item).search(folded)), None)
