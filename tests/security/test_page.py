"""Whatever stands in the data or is typed, the page holds no element, attribute or link of its own."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt
from pydantic import BaseModel

from assistant.card import (
    Ask,
    Card,
    Check,
    ContactCard,
    Known,
    Near,
    Route,
    ServiceCard,
    Source,
    Target,
    Term,
)
from assistant.journal import StoredCall
from assistant.sheet import Line, Part, Sheet
from tests.security.hostile import hostile_strings
from ui.card_view import (
    card_html,
    earlier_html,
    first_html,
    plain,
    safe_url,
    visible,
    writing_html,
)
from ui.desk_acts import read_act
from ui.quality_view import table_html, trace_html
from ui.sheet_view import calls_html, hits_html, sheet_html
from vectorstore.errors import UsageError
from vectorstore.search import Hit

pytestmark = pytest.mark.slow

HOSTILE = hostile_strings(2_000)


class Read(HTMLParser):
    """What a browser would make of the page: its elements, attributes, links and text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()
        self.links: list[str] = []
        self.said: list[str] = []
        self.others = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(f"@{name}" for name, _ in attrs)}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_comment(self, data: str) -> None:
        self.others += 1

    handle_decl = handle_pi = unknown_decl = handle_comment


def filled(model: type[BaseModel], text: str, **own: Any) -> dict[str, Any]:
    """Every text field of a model, that text."""
    fields = {
        name: text
        for name, field in model.model_fields.items()
        if field.annotation in (str, str | None)
    }
    return {**fields, **own}


def card_of(text: str) -> Card:
    """A card of which every text is that text."""
    target = Target(**filled(Target, text))
    ask = Ask(text=text, options=[text, text])
    route = Route(label="fiscal", target=target, script=text + "…", reason=text)
    source = Source(**filled(Source, text, n=1, case=[text], spans=[(0, min(3, len(text)))]))
    return Card(
        **filled(
            Card,
            text,
            route=route,
            also=route,
            ask=ask,
            place_ask=ask,
            known=[Known(**filled(Known, text))],
            told=[text],
            case=[text, text],
            check=[Check(fact=text, source=1, doubtful=True)],
            contacts=[ContactCard(**filled(ContactCard, text, details=text + ".", origin=text))],
            services=[ServiceCard(**filled(ServiceCard, text))],
            sources=[source, source.model_copy(update={"spans": [], "quote": text * 3})],
            near=[Near(**filled(Near, text))],
            glossary=[Term(**filled(Term, text))],
            notes=[text],
            warnings=[text],
            mode="extractive",
        )
    )


def pages(text: str) -> list[str]:
    """Everything that the desk shows, of that text alone."""
    card = card_of(text)
    hit = Hit(fiche=text, title=text, url=text, score=1.0, probability=0.5, passages=())
    at = datetime(2026, 1, 1, tzinfo=UTC)
    sheet = Sheet(
        fiche=text,
        title=text,
        url=text,
        updated=text,
        parts=[Part(name=text, label=text, lines=[Line(text=text, passage=text, case=[text])])],
    )
    return [
        card_html(card),
        card_html(card, beside=sheet_html(sheet), open_to_answers=False),
        earlier_html([card, card]),
        hits_html([hit]),
        sheet_html(sheet),
        calls_html([StoredCall(text, at, None, None, text, ())]),
        table_html(text, [text], [[text]]),
        trace_html(card),
        writing_html(text),
        first_html(text),
    ]


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The elements and attributes of the pages of a harmless text, with and without links."""
    return set().union(
        *(Read(page).names for t in ("mot", "https://exemple.fr") for page in pages(t))
    )


def test_no_hostile_text_becomes_an_element_an_attribute_or_a_link(known: set[str]) -> None:
    assert {"a", "@href", "button", "mark"} <= known
    for text in HOSTILE:
        for page in pages(text):
            read = Read(page)
            assert read.names <= known, (text, read.names - known)
            assert not read.others, text
            assert all(link.startswith(("http://", "https://")) for link in read.links), text
            page.encode("utf-8")


def test_a_hostile_text_is_shown_as_it_is() -> None:
    for text in HOSTILE[:300]:
        shown = "".join(Read(earlier_html([card_of(text)])).said)
        assert "".join(visible(text).split()) in "".join(shown.split()), text


def test_no_hostile_text_becomes_markdown() -> None:
    reader = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])
    for text in HOSTILE:
        inside = reader.renderInline(plain(text))
        assert html.unescape(inside) == " ".join(visible(text).split()), text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//exemple.invalid/",
        "https://service-public.fr@exemple.invalid/",
        "https://service-public.fr\\@exemple.invalid/",
        "http://[",
        "",
    ],
)
def test_only_addresses_of_the_web_that_name_their_host_alone_become_links(url: str) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize(
    "event",
    [
        None,
        5,
        {},
        {"kind": "delete"},
        {"kind": "ask", "text": 5},
        {"kind": "ask", "text": "x" * 20_001},
        {"kind": "choose", "number": "x"},
        {"kind": "choose", "number": -1},
        {"kind": "end", "outcome": "x"},
        {"kind": "report", "reasons": ["x"] * 21},
    ],
)
def test_what_no_desk_sends_is_refused_in_one_line(event: object) -> None:
    with pytest.raises(UsageError, match="Demande illisible"):
        read_act(event)


def test_every_hostile_text_is_an_act_like_any_other() -> None:
    for text in HOSTILE:
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            with pytest.raises(UsageError):
                read_act({"kind": "report", "text": text})
        else:
            assert read_act({"kind": "report", "text": text, "n": 3}).text == text
