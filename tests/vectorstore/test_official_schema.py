"""The small corpus against DILA's own schema, where a copy of it lies beside the checkout.

``SOUFFLEUR_XSD`` names the folder of flux 3.5's XSD files. The check uses ``xmlschema`` because
libxml2 refuses valid documents of this schema (a list after a paragraph inside ``Texte``).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import xmlschema

CORPUS = Path(__file__).parents[1] / "fixtures" / "vdd"
BESIDE = Path(__file__).parents[3] / "shared" / "dila" / "xsd-3.5"
XSD = Path(os.environ.get("SOUFFLEUR_XSD", BESIDE))


@pytest.mark.skipif(
    not (XSD / "Publication.xsd").exists(), reason="no copy of DILA's schema at hand"
)
@pytest.mark.parametrize(
    ("schema_name", "pattern"),
    [("Publication.xsd", "[FN]*.xml"), ("ServiceComplementaire.xsd", "R*.xml")],
)
def test_every_document_of_the_small_corpus_is_valid(schema_name: str, pattern: str) -> None:
    schema = xmlschema.XMLSchema(str(XSD / schema_name))
    documents = sorted(CORPUS.rglob(pattern))
    assert documents
    wrong = [
        f"{path.name}: {error.reason}"
        for path in documents
        for error in schema.iter_errors(str(path))
    ]
    assert wrong == []


def test_the_small_corpus_is_as_rich_as_the_commonest_procedures() -> None:
    names = [path.name[0] for path in CORPUS.rglob("[FNR]*.xml")]
    assert names.count("F") >= 40
    assert names.count("N") >= 5
    assert names.count("R") >= 15
