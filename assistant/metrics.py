"""What is counted while the service runs, for Prometheus; nothing of what was asked or said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

from assistant.card import Card
from vectorstore.errors import SouffleurError

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

TURNS = Counter("souffleur_turns", "Cards made.", ("route", "mode", "abstained"))
TURN_SECONDS = Histogram("souffleur_turn_seconds", "Time to a card.", buckets=SECONDS)
STEP_SECONDS = Histogram("souffleur_step_seconds", "Time of a step.", ("step",), buckets=SECONDS)
ERRORS = Counter("souffleur_errors", "Questions without a card, by kind of error.", ("kind",))
MASKED = Counter("souffleur_masked", "Turns with personal data, by kind.", ("kind",))
MODEL_REQUESTS = Counter("souffleur_model_requests", "Requests to models.", ("role", "outcome"))
MODEL_EUROS = Counter("souffleur_model_cost_euros", "What requests to models cost.", ("role",))
JOURNAL_SECONDS = Histogram(
    "souffleur_journal_write_seconds", "Time to keep an entry.", buckets=SECONDS
)
JOURNAL_WAITING = Gauge("souffleur_journal_degraded", "1 while entries wait on the disk.")
CORPUS_DAYS = Gauge(
    "souffleur_snapshot_age_days", "Age of the data of the corpus in use; -1 without."
)


@contextmanager
def errors_counted() -> Iterator[None]:
    """Count what a turn raises: wrong use by its name, anything else as a fault."""
    try:
        yield
    except SouffleurError as error:
        ERRORS.labels(type(error).__name__).inc()
        raise
    except Exception:
        ERRORS.labels("fault").inc()
        raise


def count_turn(card: Card) -> None:
    """Count a card and the time of its steps."""
    TURNS.labels(card.route.label, card.mode, str(card.abstained).lower()).inc()
    for step, ms in card.timings_ms.items():
        if step == "total":
            TURN_SECONDS.observe(ms / 1000)
        else:
            STEP_SECONDS.labels(step).observe(ms / 1000)
    for kind in card.masked:
        MASKED.labels(kind).inc()


def count_model(role: str, outcome: str, euros: float) -> None:
    """Count a request to a model.

    Args:
        outcome: "ok", or the kind of its failure.
        euros: what it cost, as far as is known.
    """
    MODEL_REQUESTS.labels(role, outcome).inc()
    MODEL_EUROS.labels(role).inc(max(euros, 0.0))


def exposition() -> bytes:
    """All of it, in Prometheus' text format."""
    return bytes(generate_latest(REGISTRY))
