"""One XML tree -> one Fiche, Dossier or Resource.

Reads flux 3.3 to 3.5. DILA promises only that fields are never removed inside a version and may
be added any day, so an element that is not known is read by its shape: what holds text becomes a
paragraph, what holds known blocks is entered. No text of the body is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from lxml.etree import _Element

from vectorstore.fiche import (
    Abbreviation,
    Audience,
    Block,
    Case,
    CaseGroup,
    Contact,
    ContactRef,
    Definition,
    Dossier,
    Fiche,
    Link,
    ListBlock,
    Paragraph,
    Reference,
    Related,
    Resource,
    Section,
    SectionKind,
    Service,
    ServiceRef,
    Table,
    Warning_,
)

DC = "{http://purl.org/dc/elements/1.1/}"
SITE = "https://www.service-public.gouv.fr"

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
_SILENT = frozenset({"Condition", "SiSelectionne", "Image", "Illustration", "Infographie", "Video"})
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
_PHONE = re.compile(
    r"""
    (?<![\w.,/+-])(?<!\d[ ])(?:
        (?:(?:\+[ ]?|00)33[ ]?(?:\(0\)[ ]?)?|0[ ]?)[1-9](?:[ .-]?\d{2}){4}   # 01 40 20 30 40
      | 0[ ]?8\d{2}(?:[ .]?\d{3}){2}                                    # 0 806 000 126
      | 00[ ]6\d{2}(?:[ ]\d{2}){3,4}                                     # 00 687 27 93 67
      | 3\d{3} | 3\d[ ]\d{2}                                            # 3939, 36 46
      | 11[68][ ]?\d{3}                                                 # 116 117
      | (?<!BP[ ])(?:11[24589]|19[167])                                 # 115, 119
      | (?:(?<=^)|(?<=[zr][ ]le[ ]))1[578](?=\s*$|[.;(]|[ ](?:ou|en|pour)\b)  # composez le 15
    )
    (?![\w/-]|[.,]\d|[ ]?(?:\d|€|%|euros)|,?[ ](?:bis\b|rue|avenue|av\.|bd|boulevard|quai|place))
    """,
    re.VERBOSE | re.MULTILINE,
)
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})")


def squeeze(text: str) -> str:
    """Running text with every kind of white space folded into single spaces."""
    return " ".join(text.split())


def inline_text(element: _Element) -> str:
    """The running text of an element, without conditions and the like."""
    return squeeze("".join(_strings(element)))


def _strings(element: _Element) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if child.tag not in _SILENT:
            yield from _strings(child)
        if child.tail:
            yield child.tail


def _title(element: _Element, *names: str) -> str:
    for name in names or ("Titre",):
        child = element.find(name)
        if child is not None:
            return inline_text(child)
    return ""


def _condition(element: _Element) -> str:
    """``Condition`` as a readable boolean expression: ``T1 et (T2 ou non T3)``."""
    node = element.find("Condition")
    return (
        " et ".join(filter(None, (_expression(child) for child in node)))
        if node is not None
        else ""
    )


def _expression(node: _Element) -> str:
    variable = node.get("var")
    if variable:
        prefix = {"estVrai": "", "estFaux": "non ", "estIndefini": "indéfini "}.get(
            str(node.tag), ""
        )
        return prefix + variable
    parts = [part for part in (_expression(child) for child in node) if part]
    if node.tag == "non":
        return "non (" + " et ".join(parts) + ")"
    if not parts:
        return ""
    return "(" + f" {node.tag} ".join(parts) + ")" if len(parts) > 1 else parts[0]


def _links(element: _Element) -> tuple[Link, ...]:
    found = []
    for node in element.iter("LienInterne", "LienExterne", "Lien"):
        if node.get("type") in ("Sigle", "Acronyme"):
            continue
        target = node.get("LienPublication") or node.get("URL") or ""
        text = inline_text(node)
        if target and text:
            found.append(Link(text=text, target=target))
    return tuple(found)


def _values(element: _Element) -> tuple[str, ...]:
    return tuple(text for text in (inline_text(node) for node in element.iter("Valeur")) if text)


class _Body:
    """Reads the body of one document and gathers the contacts and services met on the way."""

    def __init__(
        self, contacts: Iterable[Contact] = (), services: Iterable[Service] = ()
    ) -> None:
        self.contacts = list(contacts)
        self.services = list(services)

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
                item for item in (self._flow(child) for child in element.findall("Item")) if item
            )
            if items:
                yield ListBlock(numbered=element.get("type") == "numero", items=items)
        elif tag == "Tableau":
            table = self._table(element)
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
            yield Section(role="question", title=_title(element), children=self._flow(element))
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
            yield from self._flow(element)
        else:
            yield from self._paragraph(element)

    def _flow(self, element: _Element) -> tuple[Block, ...]:
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
            yield Paragraph(text=text, values=_values(element), links=_links(element))
        for image in element.iter("Image"):
            yield from self._image(image)

    def _section(self, element: _Element, role: SectionKind) -> Iterator[Block]:
        children = self._flow(element)
        title = _title(element)
        if children or title:
            yield Section(
                role=role,
                title=title,
                other_title=_title(element, "TitreAlternatif"),
                chapter_type=element.get("type", ""),
                condition=_condition(element),
                children=children,
            )

    def _case(self, element: _Element) -> Case:
        chosen = _title(element, "IntituleSiSelectionne")
        return Case(
            title=_title(element),
            condition=_condition(element),
            channel=element.get("type", ""),
            children=(
                *((Paragraph(text=chosen),) if chosen else ()),
                *self.blocks(child for child in element if child.tag != "IntituleSiSelectionne"),
            ),
        )

    def _table(self, element: _Element) -> Table | None:
        header: tuple[str, ...] = ()
        rows: list[tuple[str, ...]] = []
        pending: dict[int, tuple[str, int]] = {}
        for row in element.iter("Rangée", "Rangee"):
            cells: list[str] = []
            source = iter(row.findall("Cellule"))
            while True:
                column = len(cells)
                if column in pending:
                    text, left = pending.pop(column)
                    cells.append(text)
                    if left > 1:
                        pending[column] = (text, left - 1)
                    continue
                cell = next(source, None)
                if cell is None:
                    if any(index > column for index in pending):
                        cells.append("")
                        continue
                    break
                text = self._cell_text(cell)
                height = _span(cell, "fusionVerticale")
                for _ in range(_span(cell, "fusionHorizontale")):
                    if height > 1:
                        pending[len(cells)] = (text, height - 1)
                    cells.append(text)
            if row.get("type") == "header" and not rows:
                header = _merge_headers(header, tuple(cells))
            elif any(cells):
                rows.append(tuple(cells))
        title = _title(element, "TitreRiche", "Titre")
        if not rows and not header and not title:
            return None
        return Table(
            title=title,
            summary=_title(element, "Resume"),
            header=header,
            rows=tuple(rows),
            values=_values(element),
            links=_links(element),
        )

    def _cell_text(self, cell: _Element) -> str:
        return " ; ".join(leaf_texts(self._flow(cell)))

    def _commented_link(self, element: _Element) -> Iterator[Block]:
        link = element.find("LienExterne")
        text = inline_text(link) if link is not None else ""
        comment = element.find("Commentaire")
        children: list[Block] = []
        if link is not None and text:
            children.append(
                Paragraph(text=text, links=(Link(text=text, target=link.get("URL", "")),))
            )
        source = _title(element, "Source")
        if source:
            children.append(Paragraph(text=source))
        if comment is not None:
            children.extend(self._flow(comment))
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
        text = "\n".join(leaf_texts(_Body()._flow(prose))) if prose is not None else ""
        web = element.find("RessourceWeb")
        contact = Contact(
            id=element.get("ID", ""),
            type=element.get("type", ""),
            title=_title(element),
            complement=_title(element, "Complement"),
            pivots=tuple(
                pivot
                for pivot in (inline_text(node) for node in element.iter("PivotLocal"))
                if pivot
            ),
            url=(web.get("URL", "") if web is not None else "") or element.get("URL", ""),
            source=_title(element, "Source"),
            text=text,
            phones=phones_in(text),
        )
        return _index(self.contacts, contact)

    def service(self, element: _Element) -> int:
        """Index of the service in ``services``; the same service written twice is kept once."""
        texts: list[str] = []
        for name in ("Introduction", "Texte"):
            for node in element.findall(name):
                texts.extend(leaf_texts(_Body()._flow(node)))
        notes: list[str] = []
        for node in element.iter("NoticeLiee", "ServiceEnLigneAnnexe"):
            note = _title(node) or (inline_text(node) if node.tag == "NoticeLiee" else "")
            number = node.get("numerocerfa", "")
            details = [
                line
                for child in node.findall("Texte") + node.findall("Introduction")
                for line in leaf_texts(_Body()._flow(child))
            ]
            notes.append(" ; ".join([f"{note} (cerfa {number})" if number else note, *details]))
        service = Service(
            id=element.get("ID", ""),
            type=element.get("type", ""),
            title=_title(element),
            url=element.get("URL", ""),
            cerfa=element.get("numerocerfa", ""),
            other_number=element.get("autrenumero", ""),
            source=_title(element, "Source"),
            text="\n".join(texts),
            notes=tuple(note for note in notes if note),
        )
        return _index(self.services, service)


def _merge_headers(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[str, ...]:
    """Two header rows as one: "Durée - en France" where the lower cell says something else."""
    if not upper:
        return lower
    width = max(len(upper), len(lower))
    pad = ("",) * width
    pairs = zip((*upper, *pad)[:width], (*lower, *pad)[:width], strict=True)
    return tuple(a if a == b or not b else f"{a} - {b}" if a else b for a, b in pairs)


def _span(cell: _Element, attribute: str) -> int:
    value = cell.get(attribute, "1")
    return min(max(int(value), 1), 100) if value.isdecimal() else 1


def _index(known: list[_Item], item: _Item) -> int:
    if item in known:
        return known.index(item)
    known.append(item)
    return len(known) - 1


def _join_branches(blocks: list[Block]) -> tuple[Block, ...]:
    """Neighbouring one-branch groups (``Branche``, ``Choix``) become one group of branches."""
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if (
            isinstance(block, CaseGroup)
            and isinstance(last, CaseGroup)
            and len(block.cases) == 1
            and block.level == last.level == "cas"
        ):
            joined[-1] = CaseGroup(level="cas", cases=(*last.cases, *block.cases))
        else:
            joined.append(block)
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


def phones_in(text: str) -> tuple[str, ...]:
    """Phone numbers in the order in which they stand, each once: ten digits or a short number."""
    return tuple(dict.fromkeys(squeeze(match[0]) for match in _PHONE.finditer(text)))


# --- whole documents ---------------------------------------------------------------------------


def parse_fiche(root: _Element, audience: Audience, known: Fiche | None = None) -> Fiche:
    """Read a ``Publication`` of an ``F`` id.

    Args:
        root: the document's tree, flux 3.3 to 3.5.
        audience: the audience whose archive the document stands in.
        known: the same fiche as read from another audience's archive; its contacts and services
            keep their places, so that both bodies can stand in one fiche.
    """
    body = _Body(known.contacts, known.services) if known else _Body()
    blocks = body.blocks(child for child in root if child.tag in BODY)
    warnings = tuple(
        Warning_(
            title=_title(node),
            date=node.get("date", ""),
            children=body.blocks(child for child in node if child.tag != "Titre"),
        )
        for node in root.findall("Avertissement")
    )
    for child in root:
        if child.tag in ("OuSAdresser", "QuiPeutMAider"):
            body.contact(child)
        elif child.tag == "ListeOuSAdresser":
            for node in child.iter("OuSAdresser"):
                body.contact(node)
        elif child.tag == "ServiceEnLigne":
            body.service(child)
    fiche_id = root.get("ID", "")
    parent = root.find("DossierPere")
    return Fiche(
        id=fiche_id,
        title=_title(root, f"{DC}title"),
        description=_title(root, f"{DC}description"),
        type=root.get("type", ""),
        audiences=(audience,),
        url=root.get("spUrl") or f"{SITE}/{audience}/vosdroits/{fiche_id}",
        updated=_date(root),
        subject=_title(root, f"{DC}subject"),
        targets=_title(root, "Cible"),
        breadcrumb=_breadcrumb(root),
        theme=_related(root.find("Theme")),
        sub_theme=_related(root.find("SousThemePere")),
        dossier=_related(parent),
        sub_dossier=_title(root, "SousDossierPere"),
        other_titles=tuple(
            dict.fromkeys(
                inline_text(node)
                for node in (parent.iter("Fiche") if parent is not None else ())
                if node.get("ID") == fiche_id
            )
        ),
        warnings=warnings,
        body=blocks,
        contacts=tuple(body.contacts),
        services=tuple(body.services),
        definitions=tuple(
            Definition(
                id=node.get("ID", ""),
                title=_title(node),
                text="\n".join(
                    line
                    for part in node.findall("Texte")
                    for line in leaf_texts(_Body()._flow(part))
                ),
            )
            for node in root.findall("Definition")
        ),
        abbreviations=tuple(
            Abbreviation(short=_title(node), long=_title(node, "Texte"))
            for node in root.findall("Abreviation")
        ),
        references=_references(root, "Reference"),
        more=_references(root, "PourEnSavoirPlus"),
        questions=_pages(root, "QuestionReponse"),
        see_also=tuple(
            related
            for node in root.findall("VoirAussi")
            for child in node
            if (related := _related(child)) is not None
        ),
        how_to=_pages(root, "CommentFaireSi") + _pages(root, "RechercheGuidee"),
    )


def parse_dossier(root: _Element, audience: Audience) -> Dossier:
    """Read a ``Publication`` of an ``N`` id: a theme or a dossier."""
    pages = [
        Related(id=node.get("ID", ""), title=_label(node))
        for node in root.iter("Fiche", "Dossier", "SousTheme")
        if node.get("ID") and not _inside(node, ("VoirAussi", "DossierPere"))
    ]
    return Dossier(
        id=root.get("ID", ""),
        title=_title(root, f"{DC}title"),
        type=root.get("type", ""),
        description=_title(root, f"{DC}description"),
        audience=audience,
        parents=_breadcrumb(root),
        pages=tuple(dict.fromkeys(pages)),
    )


def parse_resource(root: _Element) -> Resource:
    """Read a ``ServiceComplementaire`` (``R`` id)."""
    web = root.find("LienWeb")
    body = _Body()
    return Resource(
        id=root.get("ID", ""),
        title=_title(root, f"{DC}title"),
        type=root.get("type", ""),
        description=_title(root, f"{DC}description"),
        url=web.get("URL", "") if web is not None else "",
        cerfa=_title(root, "NumeroCerfa"),
        other_number=_title(root, "AutreNumero"),
        text="\n".join(leaf_texts(body.blocks(root.findall("Texte")))),
        updated=_date(root),
        fiches=tuple(
            Related(id=node.get("ID", ""), title=_label(node)) for node in root.findall("FicheLiee")
        ),
    )


def _date(root: _Element) -> str:
    match = _ISO_DATE.search(_title(root, f"{DC}date"))
    return match[1] if match else ""


def _label(node: _Element) -> str:
    return _title(node) or inline_text(node)


def _related(node: _Element | None) -> Related | None:
    if node is None or not node.get("ID"):
        return None
    return Related(id=node.get("ID", ""), title=_label(node))


def _pages(root: _Element, tag: str) -> tuple[Related, ...]:
    return tuple(Related(id=node.get("ID", ""), title=_label(node)) for node in root.findall(tag))


def _references(root: _Element, tag: str) -> tuple[Reference, ...]:
    return tuple(
        Reference(
            title=_title(node), url=node.get("URL", ""), complement=_title(node, "Complement")
        )
        for node in root.findall(tag)
    )


def _breadcrumb(root: _Element) -> tuple[Related, ...]:
    own = root.get("ID")
    return tuple(
        Related(id=node.get("ID", ""), title=inline_text(node))
        for node in root.iterfind("FilDAriane/Niveau")
        if node.get("ID") != own and node.get("ID", "")[:1] == "N"
    )


def _inside(node: _Element, tags: tuple[str, ...]) -> bool:
    return any(ancestor.tag in tags for ancestor in node.iterancestors())
