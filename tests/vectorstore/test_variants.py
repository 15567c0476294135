from __future__ import annotations

import pytest

from assistant.chain import Assistant
from assistant.settings import load_settings
from vectorstore.fiche import Fiche, Related
from vectorstore.search import Search, as_records, grouped
from vectorstore.variants import are_variants, variants_of


def fiche(
    title: str,
    dossier: str = "Passeport",
    sub_dossier: str = "",
    kind: str = "Fiche d'information",
    number: int = 1,
) -> Fiche:
    return Fiche(
        id=f"F{number}",
        title=title,
        description="",
        type=kind,
        audiences=("particuliers",),
        url="",
        updated="2020-11-12",
        dossier=Related(id=f"N-{dossier}", title=dossier),
        sub_dossier=sub_dossier,
    )


def labels(*fiches: Fiche) -> list[str]:
    numbered = [f.model_copy(update={"id": f"F{n}"}) for n, f in enumerate(fiches)]
    return [variant.differs for variant in variants_of(numbered)[0]]


def test_person_and_event_tell_the_variants_of_one_procedure_apart() -> None:
    assert labels(
        fiche("Passeport d'un majeur : première demande"),
        fiche("Passeport d'un mineur : en cas de vol"),
        fiche("Renouvellement du passeport d'un majeur"),
    ) == ["majeur, première demande", "mineur, en cas de vol", "Renouvellement, majeur"]


def test_what_all_members_share_is_not_named() -> None:
    assert labels(
        fiche("Passeport d'un mineur : en cas de vol"),
        fiche("Passeport d'un mineur : en cas de perte"),
    ) == ["vol", "perte"]


def test_a_place_is_named_with_its_preposition() -> None:
    assert labels(fiche("Mariage en France"), fiche("Mariage d'un Français à l'étranger")) == [
        "cas général",
        "à l'étranger",
    ]


def test_sectors_are_variants_across_dossiers() -> None:
    assert labels(
        fiche("Congé maternité d'une salariée du secteur privé", "Congés dans le privé"),
        fiche("Congé maternité dans la fonction publique", "Congés des agents"),
    ) == ["salariée du secteur privé", "dans la fonction publique"]


def test_titles_of_one_dossier_that_share_half_of_what_they_say_are_variants() -> None:
    assert labels(
        fiche("Adoption simple par un couple", "Adoption"),
        fiche("Adoption plénière par un couple", "Adoption"),
    ) == ["simple", "plénière"]


def test_titles_that_differ_by_small_words_alone_are_told_apart_by_their_last_part() -> None:
    assert labels(
        fiche("Héritage : défunt ayant eu des enfants"),
        fiche("Héritage : défunt n'ayant pas eu d'enfants"),
    ) == ["défunt ayant eu des enfants", "défunt n'ayant pas eu d'enfants"]


def test_a_guide_of_the_same_name_says_that_it_is_a_guide() -> None:
    assert labels(
        fiche("Perte du permis de conduire"),
        fiche("Perte du permis de conduire", kind="Recherche guidée"),
    ) == ["cas général", "recherche guidée"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (fiche("Combien coûte un passeport ?"), fiche("Peut-on avoir deux passeports ?")),
        (
            fiche("Ajouter une personne sur sa carte grise", "Carte grise"),
            fiche("Peut-on plastifier une carte grise ?", "Carte grise"),
        ),
        (
            fiche("Adoption simple par un couple", "Adoption"),
            fiche("Mariage simple d'un couple", "Mariage"),
        ),
        (fiche("Étudiant étranger"), fiche("Mineur")),
    ],
)
def test_fiches_that_share_only_their_dossier_s_words_are_no_variants(
    one: Fiche, other: Fiche
) -> None:
    assert not are_variants(one, other)
    assert variants_of([one, other]) == [(), ()]


def test_each_fiche_stands_in_one_group_and_keeps_its_rank_in_it() -> None:
    found = variants_of(
        [
            fiche("Passeport d'un mineur : en cas de vol", number=1),
            fiche("Livret A", "Épargne", number=2),
            fiche("Passeport d'un majeur : en cas de vol", number=3),
        ]
    )
    assert [v.fiche for v in found[0]] == ["F1", "F3"]
    assert found == [found[0], (), found[0]]


def test_a_search_groups_the_variants_and_leaves_the_ranking_flat(search: Search) -> None:
    hits = search.search("passeport", 10)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    adult = next(hit for hit in hits if hit.fiche == "F14929")
    assert {"F14929", "F14930"} <= {variant.fiche for variant in adult.variants}
    assert "adulte" in adult.differs()
    record = next(r for r in as_records(hits) if r["fiche"] == "F14930")
    assert {"fiche": "F14929", "title": adult.title, "differs": adult.differs()} in (
        record["variants"]
    )
    group = next(group for group in grouped(hits) if adult in group)
    assert {hit.fiche for hit in group} == {variant.fiche for variant in adult.variants}
    assert sum(map(len, grouped(hits))) == len(hits)


def test_the_card_shows_the_variants_of_what_it_cites_first(search: Search) -> None:
    card = Assistant(load_settings(), search).ask("Combien coûte le passeport d'un adulte ?")
    cited = {source.fiche for source in card.sources}
    assert "F14929" in cited
    variants = [near.fiche for near in card.near if near.differs]
    assert {"F21091", "F14930"} <= cited | set(variants)
    assert [near.fiche for near in card.near[: len(variants)]] == variants
    child = next(near for near in card.near if near.fiche == "F14930")
    assert "enfant" in child.differs
