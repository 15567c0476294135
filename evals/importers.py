"""Bring in questions from elsewhere: CSV, JSON Lines and SQuAD, with a mapping of columns."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from evals.gold import MAX_FILE_BYTES, GoldError, GoldItem, make_item
from vectorstore.errors import UsageError, shown

Format = Literal["csv", "jsonl", "squad"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "squad")

LIST_SEPARATOR, SPELLING_SEPARATOR = "|", ";"
"""In a cell: "F1|F2" is two fiches; "86 €;86 euros|mairie" is two facts, the first with two
spellings. A cell that begins with "[" is read as JSON."""

_LISTS = {"history", "fiches", "forbidden", "ask", "case", "tags"}
_SQUAD_COLUMNS: Mapping[str, Sequence[str]] = {
    "id": ("id",),
    "question": ("question",),
    "answer": ("answer",),
}
_FICHE_ID = re.compile(r"\b(F\d+)\b")

Row = tuple[str, dict[str, Any]]
"""Where a row stands ("file:line" or "file, question 3"), and its columns."""


def parse_mapping(pairs: Sequence[str]) -> dict[str, list[str]]:
    """``column=key`` options -> column -> keys. One column may feed several keys.

    Raises:
        UsageError: not of this form, or the key is not one of a gold item.
    """
    mapping: dict[str, list[str]] = {}
    for pair in pairs:
        column, separator, key = pair.rpartition("=")
        if not separator or not column:
            raise UsageError(f"--map {pair} : écrivez colonne=clé, par exemple Libellé=question")
        if key not in GoldItem.model_fields:
            known = ", ".join(GoldItem.model_fields)
            raise UsageError(f"--map {pair} : clé inconnue « {key} » (clés admises : {known})")
        mapping.setdefault(column, []).append(key)
    return mapping


def import_items(path: Path, kind: Format, mapping: Mapping[str, Sequence[str]]) -> list[GoldItem]:
    """Read a foreign file.

    Args:
        path: the file.
        kind: its format.
        mapping: column -> keys; empty means that columns named like keys are taken. A missing
            ``id`` becomes the file's name and the row's number.

    Raises:
        GoldError: a row is not a gold item once mapped; the message names file and row.
        UsageError: the file cannot be read, is empty, or lacks a mapped column.
    """
    readers = {"csv": _csv_rows, "jsonl": _jsonl_rows, "squad": _squad_rows}
    rows = list(readers[kind](path, _text(path)))
    if not rows:
        raise UsageError(f"{path}:1 : aucune question dans ce fichier")
    wanted = mapping or _own_columns(path, rows, kind)
    items: list[GoldItem] = []
    seen: dict[str, str] = {}
    for number, (place, columns) in enumerate(rows, start=1):
        raw = _mapped(columns, wanted, place)
        raw.setdefault("id", f"{path.stem}-{number:04d}")
        item = make_item(raw, place)
        if item.id in seen:
            raise GoldError(f"{place} : l'id « {shown(item.id)} » existe déjà ({seen[item.id]})")
        seen[item.id] = place
        items.append(item)
    return items


def write_items(items: Sequence[GoldItem], out: Path) -> None:
    """Write a gold file, leaving out what is empty."""
    lines = []
    for item in items:
        content = item.model_dump(mode="json", exclude_defaults=True)
        lines.append(json.dumps(content, ensure_ascii=False))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines) + "\n", "utf-8")


def _mapped(
    columns: Mapping[str, Any], mapping: Mapping[str, Sequence[str]], place: str
) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for column, keys in mapping.items():
        if column not in columns:
            known = shown(", ".join(map(str, columns))) or "aucune"
            raise UsageError(f"{place} : pas de colonne « {column} » (colonnes : {known})")
        value = columns[column]
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        for key in keys:
            raw[key] = _valued(value, key, place)
    return raw


def _valued(value: Any, key: str, place: str) -> Any:
    """A cell as the type that its key wants; what is not text is left as it is."""
    if not isinstance(value, str):
        return str(value) if key == "id" else value
    text = value.strip()
    if key in _LISTS or key == "facts":
        if text.startswith("["):
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                raise GoldError(f"{place} : « {key} » : JSON invalide dans la cellule") from None
        parts = [part.strip() for part in text.split(LIST_SEPARATOR) if part.strip()]
        if key == "facts":
            return [
                [
                    spelling.strip()
                    for spelling in part.split(SPELLING_SEPARATOR)
                    if spelling.strip()
                ]
                for part in parts
            ]
        return parts
    return text


def _own_columns(path: Path, rows: Sequence[Row], kind: Format) -> Mapping[str, Sequence[str]]:
    """The mapping when none is given."""
    if kind == "squad":
        has_ids = all(_FICHE_ID.search(str(row.get("title", ""))) for _, row in rows)
        return {**_SQUAD_COLUMNS, "fiche": ("fiches",)} if has_ids else _SQUAD_COLUMNS
    columns = {column for _, row in rows for column in row}
    if "question" not in columns:
        raise UsageError(
            f"{path} : pas de colonne « question » ; dites laquelle avec --map colonne=question "
            f"(colonnes : {shown(', '.join(sorted(map(str, columns))))})"
        )
    for _, row in rows:
        for column in columns - row.keys():
            row[column] = None
    return {column: (column,) for column in sorted(columns)}


def _csv_rows(path: Path, content: str) -> Iterator[Row]:
    # The standard library's sniffer can take minutes on some texts: the header tells the separator.
    header = content.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            place = f"{path}:{reader.line_num}"
            if None in row:
                raise GoldError(f"{place} : plus de cellules que de colonnes")
            yield place, dict(row)
    except csv.Error as error:
        raise GoldError(f"{path}:{reader.line_num} : CSV invalide ({error})") from None


def _jsonl_rows(path: Path, content: str) -> Iterator[Row]:
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise GoldError(f"{path}:{number} : JSON invalide ({shown(str(error))})") from None
        if not isinstance(row, dict):
            raise GoldError(f"{path}:{number} : un objet JSON est attendu")
        yield f"{path}:{number}", row


def _squad_rows(path: Path, content: str) -> Iterator[Row]:
    """Columns ``id``, ``title``, ``fiche`` (an id found in the title), ``context``, ``question``,
    ``answer`` (the first answer's text)."""
    try:
        data = json.loads(content)["data"]
        for article in data:
            title = str(article.get("title", ""))
            fiche = _FICHE_ID.search(title)
            for paragraph in article["paragraphs"]:
                for number, qa in enumerate(paragraph["qas"], start=1):
                    answers = qa.get("answers") or []
                    columns = {
                        "id": qa.get("id"),
                        "title": title,
                        "fiche": fiche[1] if fiche else None,
                        "context": paragraph.get("context"),
                        "question": qa.get("question"),
                        "answer": answers[0]["text"] if answers else None,
                    }
                    yield f"{path}, « {title} », question {number}", columns
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} : pas un fichier SQuAD (data > paragraphs > qas attendus ; {shown(repr(error))})"
        ) from None


def _text(path: Path) -> str:
    """UTF-8, or the Windows code page that French spreadsheets still write."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{path} : plus de {MAX_FILE_BYTES} octets ; découper le fichier")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} : lecture impossible ({error.strerror})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
