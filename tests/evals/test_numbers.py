from __future__ import annotations

import pytest

from evals.numbers import keys, numbers_in, supported


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("quatre-vingt-six euros", {("amount", "amount:86")}),
        ("entre 15 000 et 20 000 €", {("amount", "amount:15000"), ("amount", "amount:20000")}),
        ("2,50 %", {("percent", "percent:2.5")}),
        ("soit 415,64 € ; 18", {("amount", "amount:415.64")}),
        ("86 euros 50", {("amount", "amount:86.5")}),
        ("un an et demi", {("duration", "time:18 mois")}),
        ("six semaines", {("duration", "time:42 jour")}),
        ("âgé d'au moins 16 ans", {("age", "time:192 mois")}),
        ("18 ans révolus", {("age", "time:216 mois")}),
        ("un enfant de moins de 3 ans", {("age", "time:36 mois")}),
        ("un délai de 10 jours", {("duration", "time:10 jour")}),
        ("le premier janvier 2021", {("date", "date:1/1/2021")}),
        ("au 12/11/2020", {("date", "date:12/11/2020")}),
        ("en mars 2021", {("date", "date:3/2021")}),
        ("le 01 23 45 67 89", {("phone", "phone:0123456789")}),
        ("le 01.23.45.67.89", {("phone", "phone:0123456789")}),
        ("zéro un, vingt-trois, quarante-cinq, dix, onze", {("phone", "phone:0123451011")}),
        ("composez le trente-neuf trente-neuf", {("phone", "phone:3939")}),
        ("appelez le 15", {("phone", "phone:15")}),
        ("le 15 novembre", {("date", "date:15/11")}),
        ("la carte, 3 photos et un passeport", set()),
    ],
)
def test_numbers_are_found_with_their_unit(text: str, found: set[tuple[str, str]]) -> None:
    assert {(number.kind, number.key) for number in numbers_in(text)} == found


def test_a_year_is_twelve_months() -> None:
    assert keys("un an") == keys("12 mois")


def test_a_date_without_its_year_is_supported_by_the_full_date() -> None:
    sources = keys("au plus tard le 1er mars 2021")
    said, other, month = numbers_in("le 1er mars, le 2 mars, en mars 2021")
    assert [supported(n, sources) for n in (said, other, month)] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2 millions € et plus", "2000000"),
        ("jusqu'à 4 millions d'euros", "4000000"),
        ("1,5 million d'euros", "1500000"),
        ("deux millions d'euros", "2000000"),
    ],
)
def test_a_figure_before_millions_is_one_sum(text: str, amount: str) -> None:
    assert f"amount:{amount}" in {number.key for number in numbers_in(text)}
    assert "amount:1000000" not in {number.key for number in numbers_in(text)}
