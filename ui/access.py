"""Who is at the screen, and which pages they may open; decided on the server, at the head of each page.

People sign in at the OIDC provider of ``.streamlit/secrets.toml`` (``[auth]``, see Streamlit's ``st.login``).
Without it the application serves the person at this machine only: a server that listens to others
refuses every page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import streamlit as st
import yaml

from assistant.exposure import LOOPBACK
from assistant.settings import Settings, load_settings
from vectorstore.errors import UsageError

Role = Literal["agent", "quality", "administrator"]
ROLES: frozenset[Role] = frozenset(get_args(Role))
ROLE_NAMES: dict[Role, str] = {
    "agent": "agent",
    "quality": "qualité",
    "administrator": "administration",
}
LOCAL_NOTICE = (
    "Sans connexion configurée : application ouverte à cette machine seulement, tous les rôles."
)


@dataclass(frozen=True)
class Person:
    """Who is at the screen."""

    name: str
    """As it signs decisions: the e-mail address at the provider, or the local person."""
    roles: frozenset[Role]
    local: bool = False
    """Nobody signs in on this installation."""


LOCAL = Person("poste local", ROLES, local=True)


def sign_in_configured() -> bool:
    """Whether the installation names an OIDC provider."""
    try:
        return bool(st.secrets.get("auth"))
    except FileNotFoundError:
        return False


def person() -> Person:
    """Who is at the screen; ends the page with a word where nobody is known.

    Raises:
        UsageError: the file of roles cannot be read as one.
    """
    if not sign_in_configured():
        if st.get_option("server.address") not in LOOPBACK:
            st.error(
                "Cette application écoute le réseau sans connexion configurée : elle reste fermée. "
                "Renseigner [auth] dans .streamlit/secrets.toml, ou la lancer par « souffleur ui »."
            )
            st.stop()
        return LOCAL
    if not st.user.is_logged_in:
        st.markdown("### Souffleur")
        st.button("Se connecter", on_click=st.login, type="primary")
        st.stop()
    settings = load_settings()
    claims = st.user.to_dict()
    name = str(claims.get("email") or claims.get("sub") or "")
    return Person(name, roles_of(claims, settings))


def known_person() -> Person:
    """The person at the screen, whatever their roles; the page ends here with a word otherwise."""
    try:
        return person()
    except UsageError as error:
        st.error(str(error))
        st.stop()


def require(role: Role) -> Person:
    """The person at the screen, who has that role; the page ends here for anyone else."""
    found = known_person()
    if role not in found.roles:
        st.error(
            f"Cette page est réservée au rôle « {ROLE_NAMES[role]} », que {found.name} n'a pas. "
            "Le demander à l'administration de l'application."
        )
        draw_person(found)
        st.stop()
    return found


def draw_person(found: Person) -> None:
    """Say who is signed in, with the way out; or that this machine alone is served."""
    if found.local:
        st.caption(LOCAL_NOTICE)
        return
    st.caption(f"{found.name} — {', '.join(sorted(ROLE_NAMES[role] for role in found.roles))}")
    st.button("Se déconnecter", on_click=st.logout)


def roles_of(claims: Mapping[str, Any], settings: Settings) -> frozenset[Role]:
    """The roles of a person whom the provider vouches for.

    With a file of roles, those under which it lists the e-mail address (unless the provider says that
    it is not verified) or a value of the claim; without one, the values of the claim that are roles.

    Args:
        claims: what the identity token says.

    Raises:
        UsageError: the file cannot be read as one.
    """
    values = _values(claims, settings.roles_claim)
    path = settings.roles_file or settings.home / "roles.yaml"
    if settings.roles_file is None and not path.exists():
        return frozenset(role for role in ROLES if role in values)
    email = claims.get("email")
    if isinstance(email, str) and claims.get("email_verified") is not False:
        values.add(email.lower())
    listed = _listed(path)
    return frozenset(role for role in ROLES if values & listed.get(role, frozenset()))


def _values(claims: Mapping[str, Any], claim: str) -> set[str]:
    """The values of a claim, whose name may be a path: "realm_access.roles"."""
    found: Any = claims.get(claim)
    if found is None:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return {found}
    return {str(value) for value in found} if isinstance(found, Iterable) else set()


def _listed(path: Path) -> dict[str, frozenset[str]]:
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise UsageError(f"{path} : fichier des rôles introuvable") from error
    return _read_roles(path, changed)


@lru_cache(maxsize=4)
def _read_roles(path: Path, changed: int) -> dict[str, frozenset[str]]:
    """A file of roles, read again once it has changed."""
    remedy = "écrire sous chaque rôle (agent, quality, administrator) une liste d'adresses"
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path} : fichier des rôles illisible ; {remedy}") from error
    if not isinstance(raw, dict) or set(raw) - ROLES:
        raise UsageError(f"{path} : fichier des rôles invalide ; {remedy}")
    if not all(isinstance(entries, list) for entries in raw.values()):
        raise UsageError(f"{path} : fichier des rôles invalide ; {remedy}")
    return {
        role: frozenset(
            str(entry).lower() if "@" in str(entry) else str(entry) for entry in entries
        )
        for role, entries in raw.items()
    }
