"""What an import costs, measured in a process of its own.

The peak is VmHWM, which begins anew with the program; ``ru_maxrss`` would count the memory of the
test process that started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.settings import load_settings
from tests.directory_files import OFFICIAL_SAMPLE, build_wheel
from vectorstore.directory_sources import PACKAGE, PACKAGE_VERSION

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc"
)

MAX_SECONDS = 60
MAX_MEGABYTES = 300
SERVICES = 20_000
PROGRAM = """
import json, sys, time
from pathlib import Path
from vectorstore.directory_import import import_directory
from vectorstore.directory_sources import DirectorySource
home, wheel, archive = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
source = DirectorySource(wheel, "essai", Path(archive) if archive else None)
started = time.monotonic()
imported = import_directory(home, source, lambda *_: None)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "seconds": round(time.monotonic() - started, 1),
    "megabytes": int(status["VmHWM"].split()[0]) // 1024,
    "communes": imported.communes, "offices": imported.offices,
}))
"""


def cost(home: Path, wheel: Path, archive: Path | None = None) -> dict[str, float]:
    command = [sys.executable, "-c", PROGRAM, str(home), str(wheel), str(archive or "")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path.cwd())
    found: dict[str, float] = json.loads(done.stdout)
    return found


def test_a_long_official_archive_is_read_in_constant_memory(tmp_path: Path) -> None:
    services = json.loads(OFFICIAL_SAMPLE.read_text("utf-8"))["service"]
    long = tmp_path / "long.json"
    with long.open("w", encoding="utf-8") as stream:
        stream.write('{"service": [')
        for number in range(SERVICES):
            service = services[number % 7] | {"mission": "x" * 5000}
            stream.write(("," if number else "") + json.dumps(service))
        stream.write("]}")
    wheel = build_wheel(tmp_path / "p.whl")
    short = cost(tmp_path / "short", wheel)
    measured = cost(tmp_path / "long", wheel, long)
    assert long.stat().st_size > 100_000_000
    assert measured["offices"] >= SERVICES
    assert measured["megabytes"] < short["megabytes"] + 50


@pytest.mark.real
def test_the_full_mairies_are_imported_within_the_bars(tmp_path: Path) -> None:
    folder = load_settings().cache_dir / f"{PACKAGE}-{PACKAGE_VERSION}"
    (wheel,) = folder.glob("*.whl")
    measured = cost(tmp_path, wheel)
    assert measured["offices"] > 35_000
    assert measured["seconds"] <= MAX_SECONDS
    assert measured["megabytes"] <= MAX_MEGABYTES
