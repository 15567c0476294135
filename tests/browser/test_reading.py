"""The desk can be read: at a glance, by anyone, on a small screen or at twice the size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import LARGE, SMALL
from tests.browser.desk import asked, opened
from tests.browser.pictures import picture, violations

NOTICE = "quel préavis pour quitter sa location"
TAXES = "comment déclarer mes revenus aux impôts"


@pytest.fixture(params=["light", "dark"])
def shaded(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page in light, then in dark colours."""
    context = browser.new_context(viewport=SMALL, locale="fr-FR", color_scheme=request.param)
    yield context.new_page()
    context.close()


def test_no_serious_fault_of_accessibility(shaded: Page, application: str) -> None:
    opened(shaded, application)
    assert violations(shaded) == []
    asked(shaded, NOTICE)
    assert violations(shaded) == []
    shaded.keyboard.press("F8")
    expect(shaded.locator(".panneau")).to_be_visible()
    shaded.keyboard.press("F9")
    expect(shaded.get_by_role("form", name="Signaler cette réponse")).to_be_visible()
    assert violations(shaded) == []
    shaded.keyboard.press("Escape")
    shaded.keyboard.press("F2")
    shaded.keyboard.press("Enter")
    expect(shaded.locator(".carte")).to_have_count(0)
    asked(shaded, TAXES)
    shaded.keyboard.press("F2")
    assert violations(shaded) == []


def seen_whole(page: Page, part: Locator) -> bool:
    """Whether the part stands on the screen as it is, above the list of keys."""
    box, keys = part.bounding_box(), page.locator(".poste-touches").bounding_box()
    assert box is not None
    assert keys is not None
    return box["y"] >= 0 and box["y"] + box["height"] <= keys["y"]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["1280x720", "1920x1080"])
def test_what_to_say_to_ask_and_where_to_send_is_seen_without_scrolling(
    page: Page, application: str, size: dict[str, int]
) -> None:
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    opened(page, application)
    asked(page, NOTICE)
    assert seen_whole(page, page.locator(".souffle"))
    assert seen_whole(page, page.locator(".demande").first)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    picture(page, f"poste-{size['width']}", whole=False)
    page.keyboard.press("F2")
    page.keyboard.press("Enter")
    expect(page.locator(".carte")).to_have_count(0)
    asked(page, TAXES)
    assert seen_whole(page, page.locator(".voie"))
    assert seen_whole(page, page.locator(".souffle"))
    picture(page, f"poste-transfert-{size['width']}", whole=False)


def test_at_twice_the_size_nothing_is_cut_off(browser: Browser, application: str) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 360}, device_scale_factor=2)
    page = opened(context.new_page(), application)
    asked(page, NOTICE)
    page.keyboard.press("F8")
    expect(page.locator(".panneau")).to_be_visible()
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth - {main}.clientWidth") <= 1
    assert page.evaluate(
        "[...document.querySelectorAll('.carte *, .poste *')].filter(e => e.offsetParent"
        " && e.getBoundingClientRect().right > innerWidth + 1).length"
    ) == 0  # fmt: skip
    context.close()
