"""The pages of the QA team and of the administration in a real browser, on the small corpus."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings
from playwright.sync_api import Page, expect

from assistant.chain import Assistant
from assistant.journal import Journal
from assistant.settings import Settings
from evals.evaluation import Request, evaluate
from evals.goldstore import installed_gold
from tests.browser.pictures import picture, violations
from tests.browser.running import running
from tests.conftest import CORPUS, silent
from vectorstore.build import build
from vectorstore.embeddings import EMBEDDED_MODEL
from vectorstore.history import put_in_use
from vectorstore.snapshot import current_folder
from vectorstore.sources import Fetched

GOLD = CORPUS.parent / "gold-demo.jsonl"
WAIT_MS = 120_000
expect.set_options(timeout=60_000)
PAGES = (
    "signalements",
    "evaluations",
    "questions",
    "reponses-validees",
    "activite",
    "corpus",
)
WRONG = "combien coûte un passeport pour un adulte"


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory, embeddings: Embeddings) -> Path:
    """A home with two corpora, in the newer of which a passport costs 96 euros."""
    home = tmp_path_factory.mktemp("qualite") / "home"
    newer = home.parent / "newer"
    shutil.copytree(CORPUS, newer)
    for name in ("F14929.xml", "F1168.xml"):
        fiche = newer / "part" / name
        fiche.write_text(fiche.read_text("utf-8").replace("86", "96"), "utf-8")
    (newer / "part" / "F31269.xml").unlink()
    for name, folder in (("demo", CORPUS), ("path", newer)):
        fetched = Fetched(name, folder, "corpus de démonstration", name, "")
        build(home, fetched, embeddings, EMBEDDED_MODEL, "heads", silent)
    (home / "gold").mkdir()
    shutil.copy(GOLD, home / "gold" / "demo.jsonl")
    lines = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    for line in lines:
        line["tags"] = [*line["tags"], "demo"]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (home / "gold" / "demo.jsonl").write_text(text, "utf-8")
    return home


@pytest.fixture(scope="module")
def older(corpora: Path) -> str:
    """The corpus that is not in use, over which a first evaluation was run."""
    newest = current_folder(corpora).name
    older = next(f.name for f in (corpora / "snapshots").glob("[0-9]*") if f.name != newest)
    put_in_use(corpora, older)
    settings = Settings(home=corpora)
    evaluate(Request((), tag="demo", out=corpora / "runs" / "premiere"), settings, silent)
    put_in_use(corpora, newest)
    return older


@pytest.fixture(scope="module")
def desk_home(corpora: Path, older: str) -> Path:
    """The same home, after a day at the desk: calls, a report, questions without answer."""
    settings = Settings(home=corpora)
    assistant, journal = Assistant.open(settings), Journal.open(settings)
    asked = (
        (WRONG, "answered"),
        ("ai-je le droit d'installer une éolienne dans un champ", "no_answer"),
        ("a-t-on le droit d'installer une éolienne dans un champ", "no_answer"),
        ("comment déclarer mes revenus aux impôts", "routed"),
        ("quel préavis pour un logement meublé", "answered"),
    )
    for question, outcome in asked:
        call = journal.start_call("claire")
        turn = journal.record_turn(call, assistant.ask(question))
        if question == WRONG:
            journal.report(turn, "down", ["faux"], "le prix a changé, <b>96</b> ?")
        journal.end_call(call, outcome)  # type: ignore[arg-type]
    journal.close()
    return corpora


@pytest.fixture(scope="module")
def bench(desk_home: Path) -> Iterator[str]:
    with running(desk_home) as address:
        yield address


def opened(page: Page, address: str, name: str) -> Page:
    page.set_default_timeout(60_000)
    page.goto(f"{address}/{name}")
    expect(page.get_by_role("heading", level=2).first).to_be_visible(timeout=WAIT_MS)
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until the page is drawn."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-script-state", re.compile("notRunning|stopped"), timeout=WAIT_MS
    )


def chosen(page: Page, label: str, option: str) -> None:
    """Choose an option of a list by a part of its text."""
    page.get_by_role("combobox", name=label).last.click()
    page.get_by_role("option", name=re.compile(re.escape(option))).first.click()
    settled(page)


def test_quality_starts_a_run_follows_it_and_compares_two(page: Page, bench: str) -> None:
    opened(page, bench, "evaluations")
    chosen(page, "Questions à poser", "demo")
    page.get_by_role("button", name="Lancer une évaluation").click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=WAIT_MS)
    picture(page, "qualite-evaluation-en-cours", whole=False)
    expect(page.get_by_text("Dernière évaluation lancée")).to_contain_text(
        "terminé", timeout=WAIT_MS
    )
    settled(page)
    expect(page.get_by_text("fiche juste en 1re place").first).to_be_visible(timeout=WAIT_MS)
    page.get_by_text("Orientation des appels", exact=True).click()
    expect(page.get_by_role("img", name="Graphique : Orientation des appels")).to_be_visible()
    picture(page, "qualite-resultats")
    page.get_by_role("tab", name="Question par question").click()
    expect(page.get_by_role("heading", name="Réponse attendue")).to_be_visible()
    expect(page.get_by_text("Passages vus").first).to_be_visible()
    picture(page, "qualite-une-question")
    page.get_by_role("tab", name="Comparer").click()
    chosen(page, "Comparer à l'évaluation d'avant", "premiere")
    expect(page.get_by_text(re.compile("Moins bien : [1-9]"))).to_be_visible()
    expect(page.get_by_text("Voir les deux réponses")).to_be_visible()
    picture(page, "qualite-comparer")
    page.get_by_role("tab", name="Télécharger").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger le dossier").click()
    assert download.value.suggested_filename.endswith(".zip")


def test_a_report_becomes_a_gold_item_only_once_its_facts_stand_in_the_fiche(
    page: Page, bench: str, desk_home: Path
) -> None:
    opened(page, bench, "signalements")
    chosen(page, "Montrer", "signalement")
    expect(page.get_by_role("heading", name=WRONG)).to_be_visible()
    expect(page.get_by_text("<b>96</b>")).to_be_visible()
    page.get_by_text("Réponse fausse").click()
    expect(page.get_by_label("Faits clés")).to_be_visible(timeout=WAIT_MS)
    picture(page, "qualite-signalement")
    before = len(installed_gold(desk_home).items)
    facts = page.get_by_label("Faits clés")
    answer = page.get_by_label("Réponse de référence")
    facts.fill("88,50 € | 88 euros 50")
    answer.fill("Le passeport d'un adulte coûte 88,50 €.")
    page.get_by_role("button", name="Enregistrer dans le jeu").click()
    expect(page.get_by_role("alert")).to_contain_text("n'est dans aucune fiche acceptable")
    assert len(installed_gold(desk_home).items) == before
    facts.fill("96 € | 96 euros")
    answer.fill("Le passeport d'un adulte coûte 96 €.")
    page.get_by_role("button", name="Enregistrer dans le jeu").click()
    expect(page.get_by_text("Décision enregistrée")).to_be_visible()
    [item] = installed_gold(desk_home).items[before:]
    assert item.facts == [["96 €", "96 euros"]]
    journal = Journal.open(Settings(home=desk_home))
    [entry] = [entry for entry in journal.queue(open_only=False) if entry.decision == "wrong"]
    assert entry.decisions[-1].by == "poste local"
    assert item.id in entry.decisions[-1].note
    assert "gold_saved" in {act.act for act in journal.audits()}
    journal.close()


def test_questions_without_answer_that_ask_alike_are_read_together(page: Page, bench: str) -> None:
    opened(page, bench, "signalements")
    chosen(page, "Montrer", "sans réponse")
    expect(page.get_by_text("2 à lire, en 1 groupe")).to_be_visible()
    page.get_by_text("Les fiches ne répondent pas").click()
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.get_by_text("1 à lire, en 1 groupe")).to_be_visible()


def test_quality_approves_a_fixed_answer_that_the_desk_then_gives(page: Page, bench: str) -> None:
    opened(page, bench, "reponses-validees")
    page.get_by_label("Question ;").fill(f"{WRONG}\nquel est le prix d'un passeport pour un adulte")
    page.get_by_label("À dire, mot pour mot").fill("Le passeport d'un adulte coûte 86 euros.")
    page.get_by_label("Fiche où se trouvent").fill("F14929")
    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_role("alert")).to_contain_text("86 euros")
    page.get_by_label("À dire, mot pour mot").fill("Le passeport d'un adulte coûte 96 euros.")
    page.get_by_role("button", name="Valider et mettre en service").click()
    expect(page.get_by_text("En service pour 2 formulation")).to_be_visible()
    picture(page, "qualite-reponses-validees")


def test_quality_browses_and_reviews_the_gold_set(page: Page, bench: str) -> None:
    opened(page, bench, "questions")
    chosen(page, "Étiquette", "demo")
    expect(page.get_by_text(re.compile(r"^\d+ question\(s\) sur \d+$"))).to_be_visible()
    picture(page, "qualite-jeu")
    page.get_by_role("tab", name="À revoir").click()
    expect(page.get_by_text(re.compile("Questions à revoir : [1-9]"))).to_be_visible()
    picture(page, "qualite-a-revoir")


def test_the_supervisor_reads_the_activity_and_no_agent_is_named(page: Page, bench: str) -> None:
    opened(page, bench, "activite")
    expect(page.get_by_text("Finis en trois minutes")).to_be_visible()
    expect(page.get_by_text("installer une éolienne dans un champ").first).to_be_visible()
    assert "claire" not in page.content()
    picture(page, "pilotage-activite")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV : questions sans réponse").click()
    assert "éolienne" in Path(download.value.path()).read_text("utf-8-sig")


def test_the_administrator_puts_an_earlier_corpus_back_in_use(
    page: Page, bench: str, desk_home: Path, older: str
) -> None:
    newest = current_folder(desk_home).name
    opened(page, bench, "corpus")
    page.get_by_role("tab", name="Ce qui a changé").click()
    expect(page.get_by_text("Fiches retirées").first).to_be_visible()
    picture(page, "pilotage-ce-qui-a-change")
    page.get_by_role("tab", name="Corpus").first.click()
    picture(page, "pilotage-corpus")
    page.get_by_role("button", name="Mettre ce corpus en service").click()
    expect(page.get_by_text(f"Corpus {older} en service")).to_be_visible()
    assert current_folder(desk_home).name == older
    page.get_by_role("button", name="Mettre ce corpus en service").click()
    expect(page.get_by_text(f"Corpus {newest} en service")).to_be_visible()


def test_the_administrator_turns_the_model_off(page: Page, bench: str, desk_home: Path) -> None:
    opened(page, bench, "corpus")
    page.get_by_role("tab", name="État et réglages").click()
    page.get_by_text("Laisser le modèle écrire").click()
    expect(page.get_by_text("Modèle éteint.")).to_be_visible()
    assert json.loads((desk_home / "switches.json").read_text("utf-8")) == {"model": False}
    page.get_by_role("tab", name="État et réglages").click()
    picture(page, "pilotage-etat")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_serious_fault_of_accessibility(page: Page, bench: str, name: str) -> None:
    opened(page, bench, name)
    page.wait_for_timeout(1500)
    assert violations(page) == []
