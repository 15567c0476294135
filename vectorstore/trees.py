"""Documents as XML trees: parsed from XML, or rebuilt from the npm package's JSON."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

from vectorstore.errors import ArchiveError, shown

MAX_DEPTH = 40
"""Elements inside one another; the corpus of November 2020 has 18 at most."""
MAX_MARKS = 200_000
"""Opening characters of tags, or of JSON's objects and lists, in one document: what a tree costs in
memory. The same corpus has 10,549 at most."""
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def tree_from_xml(data: bytes, place: str) -> etree._Element:
    """Parse one XML document without entities, DTD or network.

    Raises:
        ArchiveError: malformed, or holding a document type declaration.
    """
    if data.count(b"<") > MAX_MARKS:
        raise ArchiveError(f"{place} : plus de {MAX_MARKS} balises, document refusé")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ArchiveError(f"{place} : XML mal formé ({shown(str(error.msg))})") from error
    except (LookupError, ValueError) as error:
        raise ArchiveError(f"{place} : XML illisible ({shown(str(error))})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ArchiveError(f"{place} : déclaration DOCTYPE refusée (entités interdites)")
    if _depth(root) > MAX_DEPTH:
        raise ArchiveError(f"{place} : plus de {MAX_DEPTH} éléments emboîtés")
    return root


def _depth(root: etree._Element) -> int:
    depth = deepest = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def tree_from_json(data: bytes, place: str) -> etree._Element:
    """Rebuild the XML tree that the npm package wrote as JSON.

    A node is ``{"type": "element", "name", "attributes"?, "children"?}`` or
    ``{"type": "text", "text"}``; the file's object holds the root as its only child.

    Raises:
        ArchiveError: the JSON is malformed or is no such tree.
    """
    if data.count(b"{") + data.count(b"[") > MAX_MARKS:
        raise ArchiveError(f"{place} : plus de {MAX_MARKS} objets, document refusé")
    try:
        node = json.loads(data)["children"][0]
        return _element(node, None, 0)
    except ArchiveError as error:
        raise ArchiveError(f"{place} : {error}") from error
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise ArchiveError(
            f"{place} : arbre JSON illisible ({type(error).__name__} : {shown(str(error))})"
        ) from error


def _qualified(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}" if prefix else name


def _element(node: dict[str, Any], parent: etree._Element | None, depth: int) -> etree._Element:
    if depth > MAX_DEPTH:
        raise ArchiveError(f"plus de {MAX_DEPTH} éléments emboîtés")
    attributes = {
        _qualified(key): str(value)
        for key, value in node.get("attributes", {}).items()
        if key != "xmlns" and not key.startswith("xmlns:")
    }
    tag = _qualified(node["name"])
    if parent is None:
        element = etree.Element(tag, attributes)
    else:
        element = etree.SubElement(parent, tag, attributes)
    last: etree._Element | None = None
    running: list[str] = []
    for child in node.get("children", ()):
        if child["type"] == "text":
            running.append(child["text"])
        elif child["type"] == "element":
            text = "".join(running)
            if last is not None and not text and _lost_space(tag, child["name"]):
                text = " "
            _set_text(element, last, text)
            running.clear()
            last = _element(child, element, depth + 1)
    _set_text(element, last, "".join(running))
    return element


def _set_text(parent: etree._Element, last: etree._Element | None, text: str) -> None:
    """Put running text after the last child, or first in its parent."""
    if text and last is None:
        parent.text = text
    elif text and last is not None:
        last.tail = text


def _lost_space(parent: str, after: str) -> bool:
    """Whether a blank stood between two neighbours: the package's writer dropped blank-only text.

    Only running text is concerned; an exponent or an index sticks to what precedes it.
    """
    return parent == "Paragraphe" and after not in ("Exposant", "Indice")
