"""One XML tree -> one Fiche, Dossier or Resource (flux 3.3 to 3.5)."""

from __future__ import annotations

import re

from lxml.etree import _Element

from vectorstore.body import BODY, BodyReader, leaf_texts
from vectorstore.elements import inline_text, title_of
from vectorstore.fiche import (
    Abbreviation,
    Audience,
    Definition,
    Dossier,
    Fiche,
    Reference,
    Related,
    Resource,
    Section,
    Warning_,
)

DC = "{http://purl.org/dc/elements/1.1/}"
SITE = "https://www.service-public.gouv.fr"
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})")


def parse_fiche(root: _Element, audience: Audience, known: Fiche | None = None) -> Fiche:
    """Read a ``Publication`` of an ``F`` id.

    Args:
        root: the document's tree, flux 3.3 to 3.5.
        audience: the audience whose archive the document stands in.
        known: the same fiche as read from another audience's archive; its contacts and services
            keep their places, so that both bodies can stand in one fiche.
    """
    body = BodyReader(known.contacts, known.services) if known else BodyReader()
    blocks = body.blocks(child for child in root if child.tag in BODY)
    warnings = tuple(
        Warning_(
            title=title_of(node),
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
        title=title_of(root, f"{DC}title"),
        description=title_of(root, f"{DC}description"),
        type=root.get("type", ""),
        audiences=(audience,),
        url=root.get("spUrl") or f"{SITE}/{audience}/vosdroits/{fiche_id}",
        updated=_date(root),
        subject=title_of(root, f"{DC}subject"),
        targets=title_of(root, "Cible"),
        breadcrumb=_breadcrumb(root),
        theme=_related(root.find("Theme")),
        sub_theme=_related(root.find("SousThemePere")),
        dossier=_related(parent),
        sub_dossier=title_of(root, "SousDossierPere"),
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
                title=title_of(node),
                text="\n".join(
                    line
                    for part in node.findall("Texte")
                    for line in leaf_texts(BodyReader().flow(part))
                ),
            )
            for node in root.findall("Definition")
        ),
        abbreviations=tuple(
            Abbreviation(short=title_of(node), long=title_of(node, "Texte"))
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
        title=title_of(root, f"{DC}title"),
        type=root.get("type", ""),
        description=title_of(root, f"{DC}description"),
        audience=audience,
        parents=_breadcrumb(root),
        pages=tuple(dict.fromkeys(pages)),
    )


def parse_resource(root: _Element) -> Resource:
    """Read a ``ServiceComplementaire`` (``R`` id)."""
    web = root.find("LienWeb")
    body = BodyReader()
    return Resource(
        id=root.get("ID", ""),
        title=title_of(root, f"{DC}title"),
        type=root.get("type", ""),
        description=title_of(root, f"{DC}description"),
        url=web.get("URL", "") if web is not None else "",
        cerfa=title_of(root, "NumeroCerfa"),
        other_number=title_of(root, "AutreNumero"),
        text="\n".join(leaf_texts(body.blocks(root.findall("Texte")))),
        updated=_date(root),
        fiches=tuple(
            Related(id=node.get("ID", ""), title=_label(node)) for node in root.findall("FicheLiee")
        ),
    )


def _date(root: _Element) -> str:
    match = _ISO_DATE.search(title_of(root, f"{DC}date"))
    return match[1] if match else ""


def _label(node: _Element) -> str:
    return title_of(node) or inline_text(node)


def _related(node: _Element | None) -> Related | None:
    if node is None or not node.get("ID"):
        return None
    return Related(id=node.get("ID", ""), title=_label(node))


def _pages(root: _Element, tag: str) -> tuple[Related, ...]:
    return tuple(Related(id=node.get("ID", ""), title=_label(node)) for node in root.findall(tag))


def _references(root: _Element, tag: str) -> tuple[Reference, ...]:
    return tuple(
        Reference(
            title=title_of(node), url=node.get("URL", ""), complement=title_of(node, "Complement")
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


def merged(known: Fiche, other: Fiche) -> Fiche:
    """One fiche for all its audiences; what the other audience's page says differently is added."""
    update: dict[str, object] = {
        "audiences": tuple(dict.fromkeys((*known.audiences, *other.audiences))),
        "contacts": other.contacts,
        "services": other.services,
        "warnings": tuple(dict.fromkeys((*known.warnings, *other.warnings))),
    }
    if other.body != known.body:
        title = f"Pour les {other.audiences[0]}"
        addition = Section(role="complement", title=title, children=other.body)
        update["body"] = (*known.body, addition)
    return known.model_copy(update=update)
