"""Documents mutated by the thousand: bytes, tags, attributes, texts, encodings, trees."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from tests.conftest import CORPUS

_TAG = re.compile(rb"</?[A-Za-z][^<>]*>")
_ATTRIBUTE = re.compile(rb'\s[\w:]+="[^"]*"')
_VALUES = (b"", b"-1", b"9" * 5000, b"100", b"F1", "١٢".encode(), b"header", b"&#0;", b"x" * 3000)
_NAMES = (
    "Chapitre",
    "Texte",
    "Liste",
    "Item",
    "Tableau",
    "Rangée",
    "Cellule",
    "BlocCas",
    "Cas",
    "Image",
    "ListeSituations",
    "Situation",
    "Branche",
    "Titre",
    "Paragraphe",
    "Valeur",
    "LienInterne",
    "OuSAdresser",
    "ServiceEnLigne",
    "Question",
    "Condition",
    "Inconnu",
    "Introduction",
    "Avertissement",
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7", "cp037", "utf-8-sig")

Mutation = Callable[[bytes, random.Random], bytes]


def _some_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.choice((1, 10, 1000, len(data))) :]


def _spliced(data: bytes, chance: random.Random) -> bytes:
    start, at = chance.randrange(len(data)), chance.randrange(len(data))
    return data[:at] + data[start : start + chance.choice((5, 200, 5000))] + data[at:]


def _tag_dropped(data: bytes, chance: random.Random) -> bytes:
    tag = chance.choice(list(_TAG.finditer(data)))
    return data[: tag.start()] + data[tag.end() :]


def _tag_doubled(data: bytes, chance: random.Random) -> bytes:
    tag = chance.choice(list(_TAG.finditer(data)))
    return data[: tag.end()] + tag[0] * chance.choice((1, 50)) + data[tag.end() :]


def _attribute(data: bytes, chance: random.Random) -> bytes:
    found = list(_ATTRIBUTE.finditer(data))
    if not found:
        return data
    one = chance.choice(found)
    name = one[0].split(b"=")[0]
    value = chance.choice((b"", name + b'="' + chance.choice(_VALUES) + b'"', one[0] * 2))
    return data[: one.start()] + value + data[one.end() :]


def _encoded(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    name = chance.choice(_ENCODINGS)
    if chance.random() < 0.5:
        text = text.replace('encoding="UTF-8"', f'encoding="{name}"')
    return text.encode(name, "replace")


def _tree(change: Callable[[list[etree._Element], random.Random], None]) -> Mutation:
    def mutated(data: bytes, chance: random.Random) -> bytes:
        root = etree.fromstring(data)
        for _ in range(chance.randint(1, 5)):
            change([node for node in root.iter() if isinstance(node.tag, str)], chance)
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)

    return mutated


def _renamed(nodes: list[etree._Element], chance: random.Random) -> None:
    chance.choice(nodes).tag = chance.choice(_NAMES)


def _copied(nodes: list[etree._Element], chance: random.Random) -> None:
    from copy import deepcopy

    source, target = chance.choice(nodes), chance.choice(nodes)
    if len(list(source.iter())) < 500:
        target.insert(0, deepcopy(source))


def _removed(nodes: list[etree._Element], chance: random.Random) -> None:
    node = chance.choice(nodes)
    if (parent := node.getparent()) is not None:
        parent.remove(node)


def _nested(nodes: list[etree._Element], chance: random.Random) -> None:
    inner = chance.choice(nodes)
    for _ in range(chance.choice((1, 5, 30, 60))):
        inner = etree.SubElement(inner, chance.choice(_NAMES))
    inner.text = "au fond"


def _texted(nodes: list[etree._Element], chance: random.Random) -> None:
    text = chance.choice(
        ("", " ", "x" * 50_000, "1 " * 5_000, "<b>&amp;", "\u202e\u2028é", "01 40 " * 900)
    )
    node = chance.choice(nodes)
    if node.getparent() is None or chance.random() < 0.5:
        node.text = text
    else:
        node.tail = text


def _spanned(nodes: list[etree._Element], chance: random.Random) -> None:
    name = chance.choice(
        ("fusionHorizontale", "fusionVerticale", "ID", "type", "URL", "var", "date")
    )
    chance.choice(nodes).set(name, chance.choice(("0", "7", "100", "9" * 5000, "", "²", "x", "F1")))


TREE_MUTATIONS = tuple(map(_tree, (_renamed, _copied, _removed, _nested, _texted, _spanned)))
MUTATIONS: tuple[Mutation, ...] = (
    _some_bytes,
    _cut,
    _spliced,
    _tag_dropped,
    _tag_doubled,
    _attribute,
    _encoded,
    *TREE_MUTATIONS,
)


def mutated_xml(count: int) -> Iterator[tuple[str, bytes]]:
    """So many mutated documents of the small corpus, always the same: file name, bytes."""
    chance = random.Random(20)
    files = sorted(CORPUS.rglob("*.xml"))
    contents = [file.read_bytes() for file in files]
    for _ in range(count):
        place = chance.randrange(len(files))
        mutation = chance.choice(MUTATIONS)
        yield files[place].name, mutation(contents[place], chance)


def mutated_json(count: int) -> Iterator[tuple[str, bytes]]:
    """The same documents as the npm package writes them, mutated as JSON."""
    chance = random.Random(21)
    files = sorted(CORPUS.rglob("*.xml"))
    contents = [file.read_bytes() for file in files]
    for _ in range(count):
        place = chance.randrange(len(files))
        content, kind = contents[place], chance.random()
        if kind < 0.5:
            content = chance.choice(TREE_MUTATIONS)(content, chance)
        text = json.dumps({"children": [_as_json(etree.fromstring(content))]})
        if kind < 0.5:
            data = text.encode()
        elif kind < 0.7:
            data = chance.choice((_some_bytes, _cut, _spliced))(text.encode(), chance)
        else:
            data = json.dumps(mutated_value(json.loads(text), chance)).encode()
        yield files[place].name.replace(".xml", ".json"), data


def mutated_value(value: Any, chance: random.Random) -> Any:
    """A JSON value with a few of its parts dropped, doubled, nested or of another type."""
    places: list[tuple[Any, Any]] = []

    def walk(inner: Any) -> None:
        keys = (
            inner
            if isinstance(inner, dict)
            else range(len(inner))
            if isinstance(inner, list)
            else ()
        )
        for key in keys:
            places.append((inner, key))
            walk(inner[key])

    walk(value)
    for _ in range(chance.randint(1, 4)):
        if not places:
            break
        holder, key = chance.choice(places)
        if (isinstance(holder, list) and key >= len(holder)) or (
            isinstance(holder, dict) and key not in holder
        ):
            continue
        kind = chance.randrange(5)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            holder[key] = [holder[key]] * chance.choice((1, 2, 30))
        elif kind == 2:
            holder[key] = {"name": holder[key]}
        else:
            holder[key] = chance.choice(STRANGE)
    return value


STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    1e308,
    "",
    " ",
    "x" * 20_000,
    "\ud800",
    "\x00",
    "<b>",
    "[{",
    [],
    {},
    [[]],
    "2020-99-99",
    "javascript:alert(1)",
    "lundi",
    "25:99",
    "08:30+02:00",
    float("nan"),
)
"""Values of every type that a field does not expect."""


def _as_json(element: etree._Element) -> dict[str, Any]:
    children: list[dict[str, Any]] = []
    if element.text:
        children.append({"type": "text", "text": element.text})
    for child in element:
        if isinstance(child.tag, str):
            children.append(_as_json(child))
        if child.tail:
            children.append({"type": "text", "text": child.tail})
    attributes = {_short(key): value for key, value in element.attrib.items()}
    name = _short(str(element.tag))
    return {"type": "element", "name": name, "attributes": attributes, "children": children}


def _short(name: str) -> str:
    return name.replace("{http://purl.org/dc/elements/1.1/}", "dc:").replace(
        "{http://www.w3.org/2001/XMLSchema-instance}", "xsi:"
    )
