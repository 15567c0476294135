"""Sections of a report -> Markdown, HTML or JUnit XML. What is written in them is ``report.py``'s."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from evals.scoring import ItemResult


@dataclass(frozen=True)
class Table:
    """Rows of text under a heading row."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """A heading, a few sentences, then tables; charts are shown in HTML only."""

    title: str
    text: str = ""
    tables: Sequence[Table] = field(default_factory=tuple)
    charts: Sequence[str] = field(default_factory=tuple)


_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #ccc;padding:.25rem .6rem;
text-align:left;vertical-align:top}th{background:#f0f3f6}h2{margin-top:2.2rem;border-bottom:2px solid
#1b5e8c}svg{display:block;margin:1rem 0;max-width:100%}p{white-space:pre-line}
"""


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """The report as Markdown."""
    lines = [f"# {title}", ""]
    for section in sections:
        lines += [f"## {section.title}", ""]
        if section.text:
            lines += [section.text, ""]
        for table in section.tables:
            lines.append(_markdown_row(table.heads))
            lines.append("|" + " --- |" * len(table.heads))
            lines += [*map(_markdown_row, table.rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def as_html(title: str, sections: Sequence[Section]) -> str:
    """The report as one HTML file: no script, nothing loaded from elsewhere."""
    parts = [
        "<!doctype html>",
        f'<html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>",
    ]
    for section in sections:
        parts.append(f"<section><h2>{escape(section.title)}</h2>")
        if section.text:
            parts.append(f"<p>{escape(section.text)}</p>")
        parts += section.charts
        for table in section.tables:
            parts.append("<table>")
            if any(table.heads):
                heads = "".join(f"<th>{escape(head)}</th>" for head in table.heads)
                parts.append(f"<thead><tr>{heads}</tr></thead>")
            parts.append("<tbody>")
            for row in table.rows:
                parts.append("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>")
            parts.append("</tbody></table>")
        parts.append("</section>")
    return "\n".join([*parts, "</body></html>", ""])


def as_junit(name: str, results: Sequence[ItemResult]) -> str:
    """JUnit XML: one test case per item and task; exceptions are errors, the rest failures."""
    suite = ElementTree.Element("testsuite", name=name)
    counts = {"tests": 0, "failures": 0, "errors": 0}
    for result in results:
        for task, score in result.scores().items():
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"evals.{task}", name=result.id
            )
            counts["tests"] += 1
            if score.passed:
                continue
            kind = "error" if score.error else "failure"
            counts[f"{kind}s"] += 1
            found = ElementTree.SubElement(case, kind, message=_printable(score.verdict))
            found.text = _printable(result.question)
    for key, count in counts.items():
        suite.set(key, str(count))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _markdown_row(cells: Sequence[str]) -> str:
    flat = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return "| " + " | ".join(flat) + " |"


def _printable(text: str) -> str:
    """XML 1.0 has no place for control characters."""
    return "".join(char for char in text if char >= " " or char in "\t\n")
