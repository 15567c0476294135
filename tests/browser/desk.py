"""What tests of the desk do on its page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

expect.set_options(timeout=60_000)
OPENING_MS = 60_000


def opened(page: Page, address: str) -> Page:
    """The desk, ready for a question."""
    page.goto(address)
    expect(field(page)).to_be_focused(timeout=OPENING_MS)
    return page


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Question de l'appelant")


def asked(page: Page, question: str) -> None:
    """Type a question into the field, which has the focus, and wait for its card."""
    expect(field(page)).to_be_focused()
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    expect(page.locator(".carte .question")).to_contain_text(question)
    expect(field(page)).to_have_value("")
