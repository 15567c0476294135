"""Pictures of the running application, for the guides; looked at, and made again by the tests."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

FOLDER = Path(os.environ.get("SOUFFLEUR_PICTURES") or tempfile.mkdtemp(prefix="pictures-"))
"""Where they go; ``SOUFFLEUR_PICTURES=docs/pictures`` puts them in their place."""
GRAVE = ("serious", "critical")


def picture(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep what the page shows as ``<name>.png``."""
    page.wait_for_timeout(400)
    FOLDER.mkdir(parents=True, exist_ok=True)
    if whole:
        height = page.evaluate(
            "Math.ceil(document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight + 90)"
        )
        page.set_viewport_size({"width": 1280, "height": min(max(720, height), 2200)})
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        page.wait_for_timeout(400)
    page.screenshot(path=str(FOLDER / f"{name}.png"))


def violations(page: Page) -> list[str]:
    """Serious and critical violations that axe-core finds on the page, each with where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']} ({fault['impact']}) : {fault['help']} : "
        + " | ".join(node["html"][:200] for node in fault["nodes"][:3])
        for fault in found
        if fault["impact"] in GRAVE
    ]
