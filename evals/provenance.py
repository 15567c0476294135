"""What reproduces a run: the code, the prompts, the settings and the gold files behind its figures."""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from assistant.settings import Settings
from evals.gold import GoldSet
from evals.statistics import RESAMPLES, SEED

ROOT = Path(__file__).resolve().parent.parent
ANSWERING = ("assistant", "vectorstore", "prompts")
"""Folders whose files decide what the assistant answers."""
_SOURCES = {".py", ".yaml", ".md", ".json"}
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.S)


def config_of(
    gold: GoldSet,
    system: str,
    options: dict[str, Any],
    tasks: Iterable[str],
    tag: str | None,
    settings: Settings,
) -> dict[str, Any]:
    """The content of a run's ``config.json``.

    Args:
        gold: what is judged.
        system: name of what is evaluated.
        options: what was chosen for the system, such as a baseline's chunk size.
        tasks: what is measured.
        tag: the only tag judged, if one was chosen.
        settings: the installation's settings; secrets are masked.
    """
    return {
        "system": system,
        "options": options,
        "tasks": list(tasks),
        "tag": tag,
        "gold": {name: digest for name, digest in sorted(gold.digests.items())},
        "items": len(gold.items),
        "code": {"commit": commit(), "sha256": code_digest()},
        "prompts": prompt_versions(),
        "settings": settings.shown(),
        "statistics": {"seed": SEED, "resamples": RESAMPLES},
        "python": platform.python_version(),
        "machine": platform.platform(),
    }


def code_digest() -> str:
    """SHA-256 over the files that decide what is answered; equal code gives an equal digest."""
    digest = hashlib.sha256()
    for folder in ANSWERING:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in _SOURCES and path.is_file():
                digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def commit() -> str | None:
    """The git commit of the code, marked "+" when files differ from it; None outside a checkout."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, timeout=10
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    head = git("rev-parse", "--short=12", "HEAD")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", *ANSWERING)
    return f"{head}+" if head and changed else head


def prompt_versions(folder: Path = ROOT / "prompts") -> dict[str, str]:
    """Prompt file -> its declared version and the start of its SHA-256: "1 (9f86d081884c)"."""
    found = {}
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.md")]):
        content = path.read_text("utf-8")
        header = _FRONT_MATTER.match(content)
        source = header[1] if header else content if path.suffix == ".yaml" else ""
        try:
            declared = yaml.safe_load(source)
        except yaml.YAMLError:
            declared = None
        version = declared.get("version", "?") if isinstance(declared, dict) else "?"
        found[path.name] = f"{version} ({hashlib.sha256(content.encode()).hexdigest()[:12]})"
    return found
