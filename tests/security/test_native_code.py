"""Text never makes native code write where it must not: run apart, since it would end the tests."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.security.limited import ROOT

pytestmark = pytest.mark.slow

PROGRAM = """
from vectorstore.embeddings import EmbeddedE5
embedded = EmbeddedE5()
for text in ("\\ufdfa" * 300, "\\ufdfb \\u3300" * 200, "\\u00bd" * 1000, "\\ud800", "e" + "\\u0301" * 999):
    embedded.embed_query(text)
    embedded.embed_documents([text])
print("fini")
"""


def test_a_letter_that_stands_for_eighteen_does_not_end_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout.strip()) == (0, "fini"), done.stderr[-500:]
