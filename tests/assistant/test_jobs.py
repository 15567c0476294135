from __future__ import annotations

import time
from pathlib import Path

import pytest

from assistant import jobs
from vectorstore.errors import UsageError

GOLD = Path(__file__).parents[1] / "fixtures" / "gold-demo.jsonl"


def ended(home: Path, job_id: str, within_s: float = 60) -> jobs.Job:
    for _ in range(int(within_s / 0.1)):
        job = next(job for job in jobs.jobs(home) if job.id == job_id)
        if jobs.state(home, job) != "running":
            return job
        time.sleep(0.1)
    raise AssertionError(jobs.log(home, job))


def test_a_command_in_the_background_says_how_it_ended(tmp_path: Path) -> None:
    started = jobs.start(tmp_path, "sync", "essai", ["fiche", "--help"], "claire")
    job = ended(tmp_path, started.id)
    assert jobs.state(tmp_path, job) == "done"
    assert job.by == "claire"
    assert "Usage" in jobs.log(tmp_path, job)


def test_a_command_that_fails_keeps_its_error(tmp_path: Path) -> None:
    started = jobs.start(tmp_path, "sync", "essai", ["sync", "--source", "/nulle/part"], "claire")
    job = ended(tmp_path, started.id)
    assert jobs.state(tmp_path, job) == "failed"
    assert "/nulle/part" in jobs.log(tmp_path, job)


def test_a_run_in_the_background_tells_its_progress_and_writes_its_folder(
    souffleur_home: Path, tmp_path: Path
) -> None:
    for name in ("snapshots", "current"):
        (tmp_path / name).symlink_to(souffleur_home / name)
    out = tmp_path / "runs" / "essai"
    started = jobs.start(
        tmp_path, "evaluation", "essai", ["evals", "run", str(GOLD), "--out", str(out)], "claire"
    )
    with pytest.raises(UsageError, match="déjà en cours"):
        jobs.start(tmp_path, "evaluation", "second", ["evals", "--help"], "claire")
    job = ended(tmp_path, started.id, within_s=180)
    assert jobs.state(tmp_path, job) == "done", jobs.log(tmp_path, job)
    seen = jobs.progress(tmp_path, job)
    assert seen is not None
    assert seen.done == seen.total > 1
    assert (out / "metrics.json").is_file()


def test_a_command_that_is_stopped_is_neither_done_nor_failed(
    souffleur_home: Path, tmp_path: Path
) -> None:
    for name in ("snapshots", "current"):
        (tmp_path / name).symlink_to(souffleur_home / name)
    started = jobs.start(tmp_path, "evaluation", "essai", ["ui", "--port", "0"], "claire")
    for _ in range(100):
        job = next(job for job in jobs.jobs(tmp_path) if job.id == started.id)
        if job.pid:
            break
        time.sleep(0.1)
    jobs.stop(tmp_path, job)
    assert jobs.state(tmp_path, ended(tmp_path, started.id)) == "stopped"


def test_a_job_whose_process_vanished_is_not_running(tmp_path: Path) -> None:
    started = jobs.start(tmp_path, "sync", "essai", ["fiche", "--help"], "claire")
    ended(tmp_path, started.id)
    path = tmp_path / "jobs" / f"{started.id}.json"
    path.write_text(started.model_copy(update={"pid": 1}).model_dump_json(), "utf-8")
    # Its process may still be on its way out; whoever follows sees it stopped once it is gone.
    assert jobs.state(tmp_path, ended(tmp_path, started.id)) == "stopped"
