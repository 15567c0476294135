"""Small charts as SVG text, drawn here so that a report is one file without scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

LABEL_WIDTH, BAR_WIDTH, ROW_HEIGHT = 310, 420, 26
COLOURS = ("#1b5e8c", "#8c6d1b", "#5a7d3c", "#8c3b5a")


@dataclass(frozen=True)
class Bar:
    """One bar: a share, and its interval where it has one."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    series: int = 0
    """Which colour: bars of one system share it."""


def rate_bars(bars: Sequence[Bar]) -> str:
    """Horizontal bars from 0 to 1 with their intervals as whiskers."""
    height = ROW_HEIGHT * len(bars) + 24
    parts = [_grid(height)]
    for row, bar in enumerate(bars):
        top = row * ROW_HEIGHT + 4
        middle = top + 9
        width = BAR_WIDTH * bar.value
        colour = COLOURS[bar.series % len(COLOURS)]
        parts.append(_text(LABEL_WIDTH - 8, middle + 4, bar.label, "end"))
        parts.append(
            f'<rect x="{LABEL_WIDTH}" y="{top}" width="{width:.1f}" height="18" fill="{colour}"/>'
        )
        if bar.low is not None and bar.high is not None:
            left, right = LABEL_WIDTH + BAR_WIDTH * bar.low, LABEL_WIDTH + BAR_WIDTH * bar.high
            parts.append(
                f'<path d="M{left:.1f} {middle}H{right:.1f}M{left:.1f} {middle - 4}v8'
                f'M{right:.1f} {middle - 4}v8" stroke="#222" stroke-width="1.5" fill="none"/>'
            )
        edge = LABEL_WIDTH + BAR_WIDTH * max(bar.value, bar.high or 0) + 6
        parts.append(_text(edge, middle + 4, f"{bar.value:.0%}".replace("%", " %"), "start"))
    return _svg(LABEL_WIDTH + BAR_WIDTH + 60, height, parts, "Taux et intervalles à 95 %")


def count_bars(counts: Mapping[str, int]) -> str:
    """Horizontal bars of counts, longest first as given."""
    largest = max(counts.values(), default=0) or 1
    height = ROW_HEIGHT * len(counts) + 8
    parts = []
    for row, (label, count) in enumerate(counts.items()):
        top = row * ROW_HEIGHT + 4
        width = BAR_WIDTH * count / largest
        parts.append(_text(LABEL_WIDTH - 8, top + 13, label, "end"))
        parts.append(
            f'<rect x="{LABEL_WIDTH}" y="{top}" width="{width:.1f}" height="18" '
            f'fill="{COLOURS[0]}"/>'
        )
        parts.append(_text(LABEL_WIDTH + width + 6, top + 13, str(count), "start"))
    return _svg(LABEL_WIDTH + BAR_WIDTH + 60, height, parts, "Nombres")


def heat_table(matrix: Mapping[str, Mapping[str, int]]) -> str:
    """A confusion matrix: rows are what was expected, columns what was given."""
    columns = list(next(iter(matrix.values()), {}))
    cell, left, top = 62, 130, 28
    parts = [
        _text(left + index * cell + cell / 2, 18, column, "middle", small=True)
        for index, column in enumerate(columns)
    ]
    for row, (expected, counts) in enumerate(matrix.items()):
        y = top + row * ROW_HEIGHT
        total = sum(counts.values())
        parts.append(_text(left - 8, y + 17, expected, "end", small=True))
        for index, column in enumerate(columns):
            count = counts[column]
            share = count / total if total else 0
            colour = "27,94,140" if column == expected else "160,40,40"
            x = left + index * cell
            parts.append(
                f'<rect x="{x}" y="{y}" width="{cell - 2}" height="{ROW_HEIGHT - 2}" '
                f'fill="rgba({colour},{share * 0.8:.2f})" stroke="#ddd"/>'
            )
            if count:
                parts.append(_text(x + cell / 2, y + 17, str(count), "middle"))
    return _svg(
        left + cell * len(columns) + 10,
        top + ROW_HEIGHT * len(matrix) + 6,
        parts,
        "Attendu en ligne, donné en colonne",
    )


def _grid(height: int) -> str:
    lines = []
    for tenth in (0, 2, 4, 6, 8, 10):
        x = LABEL_WIDTH + BAR_WIDTH * tenth / 10
        lines.append(f'<path d="M{x:.0f} 0V{height - 18}" stroke="#ddd"/>')
        lines.append(_text(x, height - 4, f"{tenth * 10} %", "middle", small=True))
    return "".join(lines)


def _text(x: float, y: float, text: str, anchor: str, *, small: bool = False) -> str:
    size = 11 if small else 13
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">'
        f"{escape(text)}</text>"
    )


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" font-family="sans-serif">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )
