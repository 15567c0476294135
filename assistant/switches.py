"""What an administrator turns on and off while the service runs; read again at each turn.

A switch is not a setting of the installation: it lives beside the data, in
``SOUFFLEUR_HOME/switches.json``, and takes effect in every process without a restart.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from vectorstore.errors import SouffleurError

FILE = "switches.json"


class Switches(BaseModel):
    """The switches, each with the side on which an installation begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: bool = True
    """A configured model may write answers; off, every answer is extractive."""


LABELS_FR = {
    "model": "le modèle écrit les réponses, s'il y en a un de configuré",
}


def read_switches(home: Path) -> Switches:
    """The switches as they stand now.

    Raises:
        SouffleurError: the file is there and cannot be understood.
    """
    path = home / FILE
    try:
        return Switches.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return Switches()
    except (OSError, ValidationError) as error:
        raise SouffleurError(
            f"{path} : illisible ; corrigez-le ou supprimez-le pour revenir aux valeurs de départ"
        ) from error


def write_switch(home: Path, name: str, on: bool) -> Switches:
    """Turn one switch; the file is replaced atomically.

    Raises:
        KeyError: there is no switch of that name.
    """
    if name not in Switches.model_fields:
        raise KeyError(name)
    changed = Switches.model_validate({**read_switches(home).model_dump(), name: on})
    home.mkdir(parents=True, exist_ok=True)
    staging = home / f"{FILE}.{os.getpid()}"
    staging.write_text(json.dumps(changed.model_dump(), indent=1) + "\n", "utf-8")
    staging.replace(home / FILE)
    return changed
