"""Whether the application may be opened to others than the person at this machine."""

from __future__ import annotations

import tomllib
from pathlib import Path

from vectorstore.errors import UsageError

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Addresses that only this machine reaches."""
SECRETS = Path(".streamlit") / "secrets.toml"
"""Where Streamlit looks, below the folder it runs in and below the home of its user."""


def sign_in_configured() -> bool:
    """Whether the installation names an OIDC provider (``[auth]`` of Streamlit's secrets).

    Raises:
        UsageError: the file cannot be read.
    """
    for path in (SECRETS, Path.home() / SECRETS):
        try:
            if tomllib.loads(path.read_text("utf-8")).get("auth"):
                return True
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"{path} : fichier illisible ; le corriger ou l'enlever") from error
    return False
