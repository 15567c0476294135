"""The agents' page in a real browser, on the small corpus."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import asked, field, opened
from tests.browser.pictures import picture

NOTICE = "quel préavis pour quitter sa location"
TAXES = "comment déclarer mes revenus aux impôts"


def test_enter_answers_what_is_typed_and_the_field_is_ready_again(
    page: Page, application: str
) -> None:
    opened(page, application)
    asked(page, "quel préavis pour quitter un logement meublé")
    expect(page.locator(".phrase")).to_contain_text("1 mois")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("")


def test_suggestions_come_while_typing_and_are_taken_by_arrow(page: Page, application: str) -> None:
    opened(page, application)
    page.keyboard.type("prea loca")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Préavis")
    first = options.first.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    question = page.locator(".carte .question").inner_text().strip("« »")
    assert first.startswith(question)


def test_foreseen_questions_of_callers_are_suggested_within_30_ms_of_a_letter(
    page: Page, application: str
) -> None:
    opened(page, application)
    page.keyboard.type("préavis meub")
    expect(page.get_by_role("option").filter(has_text="question").first).to_be_visible()
    took = page.evaluate(
        """() => {
          const input = document.querySelector("#poste-question");
          return ["pa", "passep", "acte de nai", "zzzz", "je p"].map((typed) => {
            input.value = typed;
            const started = performance.now();
            input.dispatchEvent(new Event("input", { bubbles: true }));
            return performance.now() - started;
          });
        }"""
    )
    assert max(took) <= 30


def test_a_whole_call_by_keyboard_alone(page: Page, application: str) -> None:
    opened(page, application)
    asked(page, NOTICE)
    page.keyboard.press("2")
    expect(page.locator(".carte .cas")).to_contain_text("Cas retenu : Logement meublé")
    asked(page, "Comment obtenir la copie intégrale d'un acte de naissance à la mairie ?")
    expect(page.locator(".plus-tot summary")).to_have_text(NOTICE)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Commune", exact=True)).to_be_focused()
    page.keyboard.type("villeurbane")
    page.keyboard.press("Enter")
    expect(page.locator(".ou")).to_contain_text("Mairie - Villeurbanne")
    expect(field(page)).to_be_focused()
    picture(page, "poste-commune", whole=False)
    page.keyboard.press("F8")
    expect(page.locator(".panneau")).to_contain_text("Documents à fournir")
    picture(page, "poste-fiche", whole=False)
    page.keyboard.press("Escape")
    expect(page.locator(".panneau")).to_have_count(0)
    page.keyboard.press("F2")
    expect(page.get_by_role("button", name="répondu")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".carte")).to_have_count(0)
    asked(page, TAXES)
    expect(page.locator(".carte")).to_have_class(re.compile("routed"))
    expect(page.locator(".voie")).to_contain_text("08 09 40 14 01")
    page.keyboard.press("F9")
    page.keyboard.press("5")
    picture(page, "poste-signaler", whole=False)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Signalé")
    page.keyboard.press("Shift+F9")
    expect(page.get_by_role("alert")).to_contain_text("bonne réponse")
    page.keyboard.press("F2")
    expect(page.get_by_role("button", name="transféré")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Appel terminé")
    expect(page.locator(".carte")).to_have_count(0)
    expect(field(page)).to_be_focused()
    assert "appel=" not in page.url


def test_a_call_is_found_again_after_a_reload(page: Page, application: str) -> None:
    opened(page, application)
    asked(page, NOTICE)
    page.keyboard.press("1")
    expect(page.locator(".carte .cas")).to_contain_text("Logement vide")
    page.wait_for_url("**appel=*")
    page.reload()
    expect(page.locator(".carte .cas")).to_contain_text("Logement vide")
    expect(page.locator(".poste-horloge")).not_to_have_text("0:00")


def test_the_clock_turns_at_two_and_at_three_minutes(page: Page, application: str) -> None:
    page.clock.install()
    opened(page, application)
    page.keyboard.press("F2")
    clock = page.get_by_role("timer")
    expect(page.get_by_role("button", name="Fin d'appel").first).to_be_visible()
    page.clock.fast_forward("01:50")
    expect(clock).not_to_have_attribute("data-tone", "deux")
    page.clock.fast_forward("00:15")
    expect(clock).to_have_attribute("data-tone", "deux")
    page.clock.fast_forward("01:00")
    expect(clock).to_have_attribute("data-tone", "trois")


def test_what_to_say_and_the_note_are_copied_by_key(page: Page, application: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, application)
    asked(page, NOTICE)
    page.keyboard.press("F4")
    expect(page.locator(".poste-lu")).to_have_text("À dire : copié")
    said = page.locator(".phrase").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == said
    page.keyboard.press("Shift+F4")
    expect(page.locator(".poste-lu")).to_have_text("Transmission : copié")
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"Demande : {NOTICE}")


def test_a_chip_is_corrected_in_its_place(page: Page, application: str) -> None:
    opened(page, application)
    asked(page, "préavis pour quitter un logement meublé")
    page.get_by_role("button", name=re.compile("Corriger : .*meublé")).first.click()
    page.keyboard.type("logement vide")
    page.keyboard.press("Enter")
    expect(page.locator(".carte .cas")).to_contain_text("Logement vide")


def test_fiches_are_searched_and_earlier_calls_read_again(page: Page, application: str) -> None:
    opened(page, application)
    page.keyboard.type("logement")
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("region", name="Fiches trouvées")).to_contain_text("F1168")
    page.get_by_role("button", name="Ouvrir la fiche F1168").click()
    expect(page.get_by_role("region", name=re.compile("Préavis"))).to_be_visible()
    asked(page, NOTICE)
    expect(page.locator(".carte .question")).to_have_text(f"« {NOTICE} »")
    page.keyboard.press("F2")
    page.keyboard.press("1")
    expect(page.locator(".carte")).to_have_count(0)
    page.get_by_role("button", name="derniers appels").click()
    earlier = page.get_by_role("region", name="Derniers appels")
    expect(earlier).to_contain_text(NOTICE)
    earlier.get_by_role("button").nth(1).click()
    expect(page.get_by_text("Appel terminé, relu")).to_be_visible()


def test_a_question_that_cannot_be_read_gets_a_clear_word(page: Page, application: str) -> None:
    opened(page, application)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("vide")
    field(page).fill("a" * 1100)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("1100 caractères")


def test_the_expert_view_is_kept_from_one_visit_to_the_next(page: Page, application: str) -> None:
    opened(page, application)
    page.get_by_role("button", name="vue experte").click()
    page.reload()
    expect(field(page)).to_be_focused()
    expect(page.get_by_role("button", name="vue experte")).to_have_attribute("aria-pressed", "true")


def test_personal_data_is_spotted_as_it_is_typed_and_never_shown(
    page: Page, application: str
) -> None:
    opened(page, application)
    page.keyboard.type("mon téléphone est le 06 12 34 56 78, quel préavis pour mon logement")
    expect(page.get_by_role("alert")).to_contain_text("Donnée personnelle (téléphone)")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Données personnelles masquées (téléphone)")
    expect(page.locator(".carte .question")).not_to_contain_text("06 12")


def test_dark_colours_are_switched_on_the_desk_and_stay_with_the_call(
    page: Page, application: str
) -> None:
    opened(page, application)
    asked(page, NOTICE)
    switch = page.get_by_role("button", name="couleurs sombres")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".carte .question")).to_contain_text(NOTICE)
    expect(page.locator(".carte")).to_have_css("background-color", "rgb(25, 27, 32)")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
