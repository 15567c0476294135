"""What kind of office does a pivot code mean, under its names of then and now?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_name("pivots.yaml")


class Kind(BaseModel):
    """One kind of office."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """The name with its article, as it is said: "la Caf"."""
    codes: tuple[str, ...]
    """The codes that mean it, in the fiches or in the directory; the newest first."""
    nearest: bool = True
    """Whether another territory's office is of any use; a mairie's is of none."""


@cache
def _kinds() -> dict[str, Kind]:
    """Code -> kind.

    Raises:
        ValueError: a code stands in two kinds.
    """
    kinds: dict[str, Kind] = {}
    for entry in yaml.safe_load(_FILE.read_text("utf-8")):
        kind = Kind.model_validate(entry)
        for code in kind.codes:
            if code in kinds:
                raise ValueError(f"{_FILE.name} : {code} deux fois")
            kinds[code] = kind
    return kinds


def kind_of(pivot: str) -> Kind | None:
    """The kind of office that a code means; nothing for a code that the table does not know."""
    return _kinds().get(pivot)
