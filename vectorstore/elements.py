"""One XML element -> its running text, title, condition, links and marked values."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from vectorstore.fiche import Link

_SILENT = frozenset({"Condition", "SiSelectionne", "Image", "Illustration", "Infographie", "Video"})


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


def title_of(element: _Element, *names: str) -> str:
    for name in names or ("Titre",):
        child = element.find(name)
        if child is not None:
            return inline_text(child)
    return ""


def condition_of(element: _Element) -> str:
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


def links_of(element: _Element) -> tuple[Link, ...]:
    found = []
    for node in element.iter("LienInterne", "LienExterne", "Lien"):
        if node.get("type") in ("Sigle", "Acronyme"):
            continue
        target = node.get("LienPublication") or node.get("URL") or ""
        text = inline_text(node)
        if target and text:
            found.append(Link(text=text, target=target))
    return tuple(found)


def values_of(element: _Element) -> tuple[str, ...]:
    return tuple(text for text in (inline_text(node) for node in element.iter("Valeur")) if text)
