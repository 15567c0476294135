"""A long command in the background: started from a page, followed, stopped; it outlives the page.

``python -m assistant.jobs HOME ID LOCK`` runs the command of a job file and notes how it ended. It
holds the job's lock while it runs, so that whoever follows cannot mistake another process for it.
One command of a kind runs at a time.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.progress import PROGRESS_FILE, Progressed, read_progress
from vectorstore.errors import UsageError

Kind = Literal["evaluation", "sync"]
State = Literal["running", "done", "failed", "stopped"]
STATES_FR: dict[State, str] = {
    "running": "en cours",
    "done": "terminé",
    "failed": "en échec",
    "stopped": "arrêté",
}
KEPT = 20
"""Finished jobs whose files are kept."""


class Job(BaseModel):
    """One command, as its file says."""

    model_config = ConfigDict(extra="forbid")

    id: str
    kind: Kind
    about: str
    """What it does, in a few French words."""
    arguments: list[str]
    """Of the ``souffleur`` command."""
    by: str
    started: datetime
    pid: int = 0
    """Of the process that runs it, and of its group; 0 before it has said so."""
    ended: datetime | None = None
    status: int | None = None
    """Exit status, once it has ended."""


def state(home: Path, job: Job) -> State:
    """How it stands now; one that was killed without a word is stopped."""
    if job.ended is None:
        return "running" if _locked(home, job.id) else "stopped"
    if job.status is not None and job.status < 0:
        return "stopped"
    return "failed" if job.status else "done"


def start(home: Path, kind: Kind, about: str, arguments: Sequence[str], by: str) -> Job:
    """Run ``souffleur <arguments>`` in a process of its own.

    Raises:
        UsageError: one of that kind is running.
    """
    busy = next((job for job in jobs(home, kind) if state(home, job) == "running"), None)
    if busy is not None:
        raise UsageError(f"déjà en cours : {busy.about} ; attendre la fin, ou arrêter")
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    _forget_old(home)
    now = datetime.now(UTC)
    job = Job(
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        kind=kind,
        about=about,
        arguments=list(arguments),
        by=by,
        started=now,
    )
    _write(home, job)
    with (folder / f"{job.id}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, "-m", "assistant.jobs", str(home), job.id, str(lock.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(lock.fileno(),),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
    # The child is waited for, so that nothing is left of it once it has ended.
    threading.Thread(target=process.wait, daemon=True).start()
    return job


def jobs(home: Path, kind: Kind | None = None) -> list[Job]:
    """The jobs that are known, the newest first."""
    found = []
    for path in sorted(_folder(home).glob("*.json"), reverse=True):
        try:
            job = Job.model_validate_json(path.read_text("utf-8"))
        except (OSError, ValidationError):
            continue  # just being removed
        if kind is None or job.kind == kind:
            found.append(job)
    return found


def progress(home: Path, job: Job) -> Progressed | None:
    """How far it has come; None before it has said so."""
    return read_progress(_folder(home) / f"{job.id}.progress")


def log(home: Path, job: Job) -> str:
    """What the command printed, its errors included."""
    path = _folder(home) / f"{job.id}.log"
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def stop(home: Path, job: Job) -> None:
    """End the command and all that it started; nothing happens when it has ended."""
    if job.pid and state(home, job) == "running":
        os.killpg(job.pid, signal.SIGTERM)


def run(home: Path, job_id: str) -> int:
    """Run a job's command to its end and write down how it ended; the body of the process."""
    job = Job.model_validate_json(_path(home, job_id).read_text("utf-8"))
    job.pid = os.getpid()
    _write(home, job)
    signal.signal(signal.SIGTERM, lambda *_: None)  # the command gets it too; its end is noted
    with (_folder(home) / f"{job_id}.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "assistant.cli", *job.arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "SOUFFLEUR_HOME": str(home),
                PROGRESS_FILE: str(_folder(home) / f"{job_id}.progress"),
            },
        )
        job.status = process.wait()
    job.ended = datetime.now(UTC)
    _write(home, job)
    return job.status


def _locked(home: Path, job_id: str) -> bool:
    """Whether the process of a job holds its lock."""
    try:
        with (_folder(home) / f"{job_id}.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _folder(home: Path) -> Path:
    return home / "jobs"


def _path(home: Path, job_id: str) -> Path:
    return _folder(home) / f"{job_id}.json"


def _write(home: Path, job: Job) -> None:
    staging = _path(home, job.id).with_suffix(f".{os.getpid()}.new")
    staging.write_text(job.model_dump_json(indent=1), "utf-8")
    staging.replace(_path(home, job.id))


def _forget_old(home: Path) -> None:
    for job in [job for job in jobs(home) if state(home, job) != "running"][KEPT:]:
        for path in _folder(home).glob(f"{job.id}.*"):
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    raise SystemExit(run(Path(sys.argv[1]), sys.argv[2]))
