"""The body of a document: XML elements -> blocks.

Reads flux 3.3 to 3.5. DILA promises only that fields are never removed inside a version and may
be added any day, so an element that is not known is read by its shape: what holds text becomes a
paragraph, what holds known blocks is entered. No text of the body is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from lxml.etree import _Element

from vectorstore.elements import condition_of, inline_text, links_of, squeeze, title_of, values_of
from vectorstore.fiche import (
    Block,
    Case,
    CaseGroup,
    Contact,
    ContactRef,
    Link,
    ListBlock,
    Paragraph,
    Section,
    SectionKind,
    Service,
    ServiceRef,
    Table,
)
from vectorstore.phones import phones_in
from vectorstore.tables import read_table

_Item = TypeVar("_Item", Contact, Service)

_SECTIONS: dict[str, SectionKind] = {
    "Introduction": "introduction",
    "Chapitre": "chapitre",
    "SousChapitre": "sous_chapitre",
    "FragmentConditionne": "fragment",
    "ASavoir": "a_savoir",
    "ANoter": "a_noter",
    "Attention": "attention",
    "Rappel": "rappel",
    "Exemple": "exemple",
    "Consigne": "complement",
    "Complement": "complement",
    "Conclusion": "complement",
    "Description": "complement",
}
BODY = frozenset(
    {
        "Introduction",
        "Texte",
        "ListeSituations",
        "Problematiques",
        "Questionnaire",
        "LienExterneCommente",
        "Conclusion",
    }
)
_BLOCKS = frozenset(_SECTIONS) | {
    "Paragraphe",
    "Liste",
    "Tableau",
    "BlocCas",
    "ListeSituations",
    "OuSAdresser",
    "QuiPeutMAider",
    "ListeOuSAdresser",
    "ServiceEnLigne",
    "Texte",
    "Branche",
    "Contenu",
}


class BodyReader:
    """Reads the body of one document and gathers the contacts and services met on the way."""

    def __init__(self, contacts: Iterable[Contact] = (), services: Iterable[Service] = ()) -> None:
        self.contacts = list(contacts)
        self.services = list(services)
        self._contact_places = {contact: n for n, contact in enumerate(self.contacts)}
        self._service_places = {service: n for n, service in enumerate(self.services)}

    def blocks(self, elements: Iterable[_Element]) -> tuple[Block, ...]:
        found: list[Block] = []
        for element in elements:
            found.extend(self._block(element))
        return _join_branches(found)

    def _block(self, element: _Element) -> Iterator[Block]:
        tag = str(element.tag)
        if tag in ("Condition", "SiSelectionne", "Titre", "TitreAlternatif", "TitreRiche"):
            return
        if tag == "Paragraphe":
            yield from self._paragraph(element)
        elif tag == "Liste":
            items = tuple(
                item for item in (self.flow(child) for child in element.findall("Item")) if item
            )
            if items:
                yield ListBlock(numbered=element.get("type") == "numero", items=items)
        elif tag == "Tableau":
            table = read_table(element, self._cell_text)
            if table is not None:
                yield table
        elif tag == "ListeSituations":
            cases = tuple(self._case(child) for child in element.findall("Situation"))
            if cases:
                yield CaseGroup(level="situation", cases=cases)
        elif tag == "BlocCas":
            cases = tuple(self._case(child) for child in element.findall("Cas"))
            if cases:
                yield CaseGroup(level="cas", cases=cases)
        elif tag in ("Branche", "Choix"):
            yield CaseGroup(level="cas", cases=(self._case(element),))
        elif tag in ("Problematique", "Question"):
            yield Section(role="question", title=title_of(element), children=self.flow(element))
        elif tag in ("OuSAdresser", "QuiPeutMAider"):
            yield ContactRef(index=self.contact(element))
        elif tag == "ServiceEnLigne":
            yield ServiceRef(index=self.service(element))
        elif tag == "LienExterneCommente":
            yield from self._commented_link(element)
        elif tag in ("LienInterne", "Lien"):
            yield from self._bare_link(element)
        elif tag == "Image" or tag.startswith("Illustration") or tag.startswith("Image"):
            yield from self._image(element)
        elif tag in _SECTIONS:
            yield from self._section(element, _SECTIONS[tag])
        elif any(child.tag in _BLOCKS for child in element.iter() if child is not element):
            yield from self.flow(element)
        else:
            yield from self._paragraph(element)

    def flow(self, element: _Element) -> tuple[Block, ...]:
        """The blocks inside an element that may also hold bare text."""
        found: list[Block] = []
        if element.text and element.text.strip():
            found.append(Paragraph(text=squeeze(element.text)))
        for child in element:
            found.extend(self._block(child))
            if child.tail and child.tail.strip():
                found.append(Paragraph(text=squeeze(child.tail)))
        return _join_branches(found)

    def _paragraph(self, element: _Element) -> Iterator[Block]:
        text = inline_text(element)
        if text:
            yield Paragraph(text=text, values=values_of(element), links=links_of(element))
        for image in element.iter("Image"):
            yield from self._image(image)

    def _section(self, element: _Element, role: SectionKind) -> Iterator[Block]:
        children = self.flow(element)
        title = title_of(element)
        if children or title:
            yield Section(
                role=role,
                title=title,
                other_title=title_of(element, "TitreAlternatif"),
                chapter_type=element.get("type", ""),
                condition=condition_of(element),
                children=children,
            )

    def _case(self, element: _Element) -> Case:
        chosen = title_of(element, "IntituleSiSelectionne")
        return Case(
            title=title_of(element),
            condition=condition_of(element),
            channel=element.get("type", ""),
            children=(
                *((Paragraph(text=chosen),) if chosen else ()),
                *self.blocks(child for child in element if child.tag != "IntituleSiSelectionne"),
            ),
        )

    def _cell_text(self, cell: _Element) -> str:
        return " ; ".join(leaf_texts(self.flow(cell)))

    def _commented_link(self, element: _Element) -> Iterator[Block]:
        link = element.find("LienExterne")
        text = inline_text(link) if link is not None else ""
        comment = element.find("Commentaire")
        children: list[Block] = []
        if link is not None and text:
            children.append(
                Paragraph(text=text, links=(Link(text=text, target=link.get("URL", "")),))
            )
        source = title_of(element, "Source")
        if source:
            children.append(Paragraph(text=source))
        if comment is not None:
            children.extend(self.flow(comment))
        if children:
            yield Section(role="liens", children=tuple(children))

    def _bare_link(self, element: _Element) -> Iterator[Block]:
        text = inline_text(element)
        target = element.get("LienPublication") or element.get("URL") or ""
        if text or target:
            link = (Link(text=text or target, target=target),) if target else ()
            yield Paragraph(text=text, links=link)

    def _image(self, element: _Element) -> Iterator[Block]:
        for name in ("TexteDeRemplacement", "Legende", "Description", "Credits"):
            for child in element.iter(name):
                text = inline_text(child)
                if text:
                    yield Paragraph(text=text)

    def contact(self, element: _Element) -> int:
        """Index of the contact in ``contacts``; the same contact written twice is kept once."""
        prose = element.find("Texte")
        text = "\n".join(leaf_texts(BodyReader().flow(prose))) if prose is not None else ""
        web = element.find("RessourceWeb")
        contact = Contact(
            id=element.get("ID", ""),
            type=element.get("type", ""),
            title=title_of(element),
            complement=title_of(element, "Complement"),
            pivots=tuple(
                pivot
                for pivot in (inline_text(node) for node in element.iter("PivotLocal"))
                if pivot
            ),
            url=(web.get("URL", "") if web is not None else "") or element.get("URL", ""),
            source=title_of(element, "Source"),
            text=text,
            phones=phones_in(text),
        )
        return _index(self.contacts, self._contact_places, contact)

    def service(self, element: _Element) -> int:
        """Index of the service in ``services``; the same service written twice is kept once."""
        texts: list[str] = []
        for name in ("Introduction", "Texte"):
            for node in element.findall(name):
                texts.extend(leaf_texts(BodyReader().flow(node)))
        notes: list[str] = []
        for node in element.iter("NoticeLiee", "ServiceEnLigneAnnexe"):
            note = title_of(node) or (inline_text(node) if node.tag == "NoticeLiee" else "")
            number = node.get("numerocerfa", "")
            details = [
                line
                for child in node.findall("Texte") + node.findall("Introduction")
                for line in leaf_texts(BodyReader().flow(child))
            ]
            notes.append(" ; ".join([f"{note} (cerfa {number})" if number else note, *details]))
        service = Service(
            id=element.get("ID", ""),
            type=element.get("type", ""),
            title=title_of(element),
            url=element.get("URL", ""),
            cerfa=element.get("numerocerfa", ""),
            other_number=element.get("autrenumero", ""),
            source=title_of(element, "Source"),
            text="\n".join(texts),
            notes=tuple(note for note in notes if note),
        )
        return _index(self.services, self._service_places, service)


def _index(known: list[_Item], places: dict[_Item, int], item: _Item) -> int:
    place = places.setdefault(item, len(known))
    if place == len(known):
        known.append(item)
    return place


def _join_branches(blocks: list[Block]) -> tuple[Block, ...]:
    """Neighbouring one-branch groups (``Branche``, ``Choix``) become one group of branches."""
    joined: list[Block] = []
    branches: list[Case] = []
    for block in blocks:
        group = block if isinstance(block, CaseGroup) and block.level == "cas" else None
        if branches and (group is None or len(group.cases) > 1):
            joined.append(CaseGroup(level="cas", cases=tuple(branches)))
            branches = []
        if group is None:
            joined.append(block)
        else:
            branches.extend(group.cases)
    if branches:
        joined.append(CaseGroup(level="cas", cases=tuple(branches)))
    return tuple(joined)


def leaf_texts(blocks: tuple[Block, ...]) -> list[str]:
    """Every text below, one leaf a line: paragraphs, list items, rows of tables, titles."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            lines.append(block.text)
        elif isinstance(block, ListBlock):
            for item in block.items:
                lines.extend(leaf_texts(item))
        elif isinstance(block, Table):
            lines.extend(filter(None, (block.title, block.summary, *block.row_sentences())))
        elif isinstance(block, Section):
            lines.extend(filter(None, (block.title, *leaf_texts(block.children))))
        elif isinstance(block, CaseGroup):
            for case in block.cases:
                lines.extend(filter(None, (case.title, *leaf_texts(case.children))))
    return [line for line in lines if line]
