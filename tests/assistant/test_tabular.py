from __future__ import annotations

import csv
import io

import pytest

from assistant.tabular import as_csv


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


@pytest.mark.parametrize(
    "hostile", ["=1+1", "+33", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0"]
)
def test_a_text_that_a_spreadsheet_would_run_is_made_text(hostile: str) -> None:
    [_, [cell]] = read(as_csv(["question"], [[hostile]]))
    assert cell.startswith("'")
    assert cell[1:].strip() == hostile.strip()


def test_a_heading_is_made_text_too() -> None:
    assert read(as_csv(["=1"], []))[0] == ["'=1"]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert read(as_csv(["a", "b", "c"], [[-3, 0.5, None]]))[1] == ["-3", "0,5", ""]


def test_separators_quotes_and_line_breaks_stay_in_their_cell() -> None:
    row = ['un ; "deux"\ntrois', "é"]
    assert read(as_csv(["a", "b"], [row]))[1] == row
