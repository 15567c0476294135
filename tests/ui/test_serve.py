"""The application's process, started as ``souffleur ui`` does: ready before the first agent comes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
from typer.testing import CliRunner

from assistant.cli import app
from tests.browser.running import stop
from tests.ports import free_ports

ROOT = Path(__file__).parents[2]


def seen(url: str) -> httpx.Response | None:
    try:
        return httpx.get(url, trust_env=False, timeout=5)
    except httpx.TransportError:
        return None


def test_the_process_says_when_it_is_ready_and_is_measured(
    souffleur_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "snapshots").symlink_to(souffleur_home / "snapshots")
    port, watched = free_ports(2)
    command = [sys.executable, "-m", "assistant.cli", "ui"]
    command += ["--port", str(port), "--watch-port", str(watched)]
    env = {**os.environ, "SOUFFLEUR_HOME": str(home)}
    env.pop("DISPLAY", None)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
        )
    try:
        end = time.monotonic() + 90
        states: list[int] = []
        while time.monotonic() < end and 200 not in states:
            found = seen(f"http://127.0.0.1:{watched}/ready")
            if found is not None:
                states.append(found.status_code)
                if "souffleur sync" in found.text:  # no corpus yet: it comes while the process runs
                    current = (souffleur_home / "current").read_text("utf-8")
                    (home / "current").write_text(current, "utf-8")
            time.sleep(0.2)
        assert 503 in states
        assert states[-1] == 200, (tmp_path / "log").read_text("utf-8")
        page = seen(f"http://127.0.0.1:{port}/_stcore/health")
        assert page is not None
        assert page.status_code == 200
        measured = seen(f"http://127.0.0.1:{watched}/metrics")
        assert measured is not None
        days = next(
            float(line.split()[1])
            for line in measured.text.splitlines()
            if line.startswith("souffleur_snapshot_age_days ")
        )
        assert days > 60
        assert "souffleur_journal_degraded 0.0" in measured.text
    finally:
        stop(process)


def test_the_network_is_refused_where_nobody_signs_in() -> None:
    result = CliRunner().invoke(app, ["ui", "--address", "0.0.0.0"])
    assert result.exit_code != 0
    assert "demande une connexion" in str(result.exception)
