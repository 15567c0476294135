"""The load of ``souffleur bench`` as one SVG file: latencies and memory over time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.bench import Report

WIDTH, HEIGHT, LEFT, GAP = 720, 150, 70, 40
COLOURS = {"p50": "#1b5e8c", "p95": "#8c3b5a", "resident_mb": "#5a7d3c"}


def chart(report: Report) -> str:
    """Two panels, one above the other: p50 and p95 in milliseconds, resident memory in megabytes."""
    title = f"{report.agents} agents, une question toutes les {report.every_s:g} s chacun"
    panels = _panel(report.series, ("p50", "p95"), "ms", 30)
    panels += _panel(report.series, ("resident_mb",), "Mo", 30 + HEIGHT + GAP)
    height = 30 + 2 * (HEIGHT + GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 70} {height}" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<text x="{LEFT}" y="16" font-size="14">{escape(title)}</text>{panels}</svg>\n'
    )


def _panel(series: Sequence[dict[str, float]], names: Sequence[str], unit: str, top: float) -> str:
    most = max((window[name] for window in series for name in names), default=0.0) or 1.0
    last = max(series[-1]["at_s"], 10.0)
    parts = [f'<path d="M{LEFT} {top}v{HEIGHT}h{WIDTH}" stroke="#666" fill="none"/>']
    for share in (0.0, 0.5, 1.0):
        level = top + HEIGHT * (1 - share)
        parts.append(
            f'<text x="{LEFT - 6}" y="{level + 4:.0f}" text-anchor="end">'
            f"{most * share:.0f} {unit}</text>"
        )
    for name in names:
        points = " ".join(
            f"{LEFT + WIDTH * window['at_s'] / last:.1f},{top + HEIGHT * (1 - window[name] / most):.1f}"
            for window in series
        )
        end = top + HEIGHT * (1 - series[-1][name] / most)
        label = "mémoire" if name == "resident_mb" else name
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>'
            f'<text x="{LEFT + WIDTH + 6}" y="{end + 4:.0f}" fill="{COLOURS[name]}">{label}</text>'
        )
    parts.append(
        f'<text x="{LEFT + WIDTH}" y="{top + HEIGHT + 16}" text-anchor="end">{last:g} s</text>'
    )
    return "".join(parts)
