"""Two processes behind nginx, PostgreSQL and a Chroma server: one is killed during calls."""

from __future__ import annotations

from pathlib import Path

import httpx
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import SMALL
from tests.browser.desk import asked, opened
from tests.cluster.conftest import SERVED_BY, Cluster, answers, nginx_conf, waited

ROOT = Path(__file__).parents[2]
QUESTION = "Combien coûte un Pacs ?"
EIGHT = (
    QUESTION,
    "j'ai perdu mon passeport",
    "quel préavis pour un logement meublé ?",
    "comment déclarer une naissance ?",
    "permis de conduire volé",
    "acte de naissance",
    "carte d'identité d'un enfant",
    "déclarer mes revenus",
)
NEXT = "j'ai perdu ma carte d'identité"


def agent(browser: Browser, cluster: Cluster) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport=SMALL, locale="fr-FR")
    context.set_default_timeout(60_000)
    return context, opened(context.new_page(), cluster.address)


def port_of(cluster: Cluster, context: BrowserContext) -> int:
    """The application process to which nginx sends that agent."""
    cookie = next(c for c in context.cookies() if c["name"] == "souffleur_poste")
    answer = httpx.get(
        f"{cluster.address}/_stcore/health",
        cookies={"souffleur_poste": cookie["value"]},
        trust_env=False,
        timeout=30,
    )
    return int(answer.headers[SERVED_BY].rpartition(":")[2])


def test_eight_agents_ask_at_once_and_each_gets_the_card_of_its_question(
    cluster: Cluster, browser: Browser
) -> None:
    agents = [agent(browser, cluster) for _ in range(8)]
    for questions in (EIGHT, EIGHT[::-1]):
        for (_, page), question in zip(agents, questions, strict=True):
            page.keyboard.type(question)
        for _, page in agents:
            page.keyboard.press("Enter")
        for (_, page), question in zip(agents, questions, strict=True):
            expect(page.locator(".carte .question")).to_contain_text(question, timeout=60_000)
            expect(page.get_by_role("combobox", name="Question de l'appelant")).to_have_value("")
    for context, _ in agents:
        context.close()


def test_one_of_two_processes_is_killed_and_every_agent_goes_on(
    cluster: Cluster, browser: Browser
) -> None:
    agents = [agent(browser, cluster) for _ in range(2)]
    while port_of(cluster, agents[0][0]) == port_of(cluster, agents[-1][0]):
        assert len(agents) < 12, "nginx sends all agents to one process"
        agents.append(agent(browser, cluster))
    (_, staying), (leaving_context, leaving) = agents[0], agents[-1]
    asked(staying, QUESTION)
    asked(leaving, QUESTION)
    said = leaving.locator(".carte").inner_text()

    cluster.kill(cluster.ports.index(port_of(cluster, leaving_context)))

    asked(staying, NEXT)
    leaving.reload()
    expect(leaving.locator(".carte .question")).to_contain_text(QUESTION, timeout=60_000)
    assert leaving.locator(".carte").inner_text().split("\n")[0] == said.split("\n")[0]
    expect(leaving.get_by_role("combobox", name="Question de l'appelant")).to_be_focused(
        timeout=60_000
    )
    asked(leaving, NEXT)
    for context, _ in agents:
        context.close()


def test_a_new_agent_is_served_by_the_process_that_is_left(
    cluster: Cluster, browser: Browser
) -> None:
    waited(answers(f"{cluster.address}/_stcore/health"), "nginx")
    context, page = agent(browser, cluster)
    asked(page, QUESTION)
    context.close()


def test_the_configuration_of_nginx_names_each_process_once(tmp_path: Path) -> None:
    text = nginx_conf(tmp_path, 18080, [18501, 18502]).read_text()
    assert all(text.count(f"127.0.0.1:{port}") == 1 for port in (18080, 18501, 18502))


def test_compose_and_kubernetes_name_the_settings_that_exist() -> None:
    from assistant.settings import Settings

    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    documents = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8"))
    config = next(found for found in documents if found["kind"] == "ConfigMap")["data"]
    known = {f"SOUFFLEUR_{name}".upper() for name in Settings.model_fields}
    known |= {"CHROMA_URL", "DATABASE_URL", "TZ"}
    assert set(compose["services"]["poste1"]["environment"]) <= known
    assert set(config) <= known
