"""The agents' page in a real browser, on the small corpus."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_a_question_is_answered_on_the_page(page: Page, application: str) -> None:
    page.goto(application)
    page.get_by_placeholder("Que demande l'appelant").fill("quel préavis pour un logement meublé")
    page.keyboard.press("Enter")
    expect(page.locator(".souffle")).to_contain_text("1 mois")
