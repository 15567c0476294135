"""Which areas and time zones the communes of France lie in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

_FILE = Path(__file__).with_name("territories.yaml")
COLLECTIVITY_COMMUNES = Path(__file__).with_name("collectivites.csv")
"""Communes of the overseas collectivities, from the npm package @etalab/decoupage-administratif 6.0.0."""


@cache
def _territories() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return data


def usual_areas() -> dict[str, list[str]]:
    """Former regions, provinces and usual names, each with its departments' codes."""
    areas: dict[str, list[str]] = _territories()["areas"]
    return areas


def department_names() -> dict[str, str]:
    """Departments and collectivities that the package names otherwise or not: code -> name."""
    names: dict[str, str] = _territories()["departments"]
    return names


@cache
def timezone_of(insee: str) -> ZoneInfo:
    """The time zone of a commune, by its INSEE code."""
    zones: dict[str, str] = _territories()["timezones"]
    for length in (5, 3):
        if insee[:length] in zones:
            return ZoneInfo(zones[insee[:length]])
    return ZoneInfo("Europe/Paris")


def department_of(insee: str) -> str:
    """The department's code, from the beginning of an INSEE code."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def departments_of_postal_code(code: str) -> frozenset[str]:
    """The departments that a postal code's first digits name."""
    if code.startswith("20"):
        return frozenset({"2A", "2B"})
    return frozenset({code[:3] if code.startswith(("97", "98")) else code[:2]})
