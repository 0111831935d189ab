"""Which taxon names are taken from: rules on made-up evidence, and real motifs of vertebrates and yeasts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling_genomics.files.motif_databases import Annotation, read_motifs
from sparling_genomics.files.rows import Match
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.library import Library, open_library
from sparling_genomics.naming.names import namings
from sparling_genomics.naming.taxa import CLEARLY, clear, evidence, fitted
from sparling_genomics.naming.tomtom import tomtom

JASPAR, HOCOMOCO = "jaspar2024_core_nonredundant.meme.gz", "hocomoco_v13_core.meme.gz"
VERTEBRATES = ("CTCF", "GABPA", "NFYA", "TYY1", "NRF1", "USF1", "ZN143", "SP1")


def match(target: str, p: float) -> Match:
    return Match("M1", target, target, p, p, p, 0, "+")


def test_the_evidence_is_that_of_the_least_of_as_many_as_there_are():
    rng = np.random.default_rng(0)
    least = rng.random((20_000, 50)).min(axis=1)
    told = evidence([match("a", 0.01)], {"a": "plants"}, {"plants": 50})["plants"]
    assert 10**-told == pytest.approx((least <= 0.01).mean(), abs=0.015)


def test_a_taxon_without_a_match_has_no_evidence():
    taxa = {"a": "plants", "b": ""}
    assert evidence([match("a", 1.0), match("b", 1e-9)], taxa, {"plants": 3, "fungi": 2}) == {"plants": 0, "fungi": 0}


@given(st.lists(st.tuples(st.floats(0, 15), st.floats(0, 15)), max_size=6))
def test_a_choice_holds_whichever_motif_is_left_out(pairs):
    told = [{"plants": one, "fungi": other} for one, other in pairs]
    leads = [one - other for one, other in pairs]
    without = [sum(leads) - lead for lead in leads]
    if all(abs(lead - CLEARLY) > 1e-6 for lead in without):
        assert clear(told, "plants") == (len(told) > 1 and all(lead > CLEARLY for lead in without))
    assert not (clear(told, "plants") and clear(told, "fungi"))


def matrices(path: Path, names: tuple[str, ...]) -> list[Pwm]:
    by_name: dict[str, Pwm] = {}
    for pwm in read_motifs(path).motifs:
        for key in (pwm.name.split(".")[0], pwm.name.split("_")[0], pwm.alt_name):
            by_name.setdefault(key, pwm)
    return [by_name[name] for name in names]


@pytest.fixture(scope="module")
def motifs(shared_data: Path) -> Path:
    return shared_data / "motifs"


@pytest.fixture(scope="module")
def library(motifs):
    return open_library(motifs / JASPAR)


def test_motifs_of_man_are_named_from_vertebrates(motifs, library):
    pwms = matrices(motifs / HOCOMOCO, VERTEBRATES)
    chosen = fitted(library, pwms)
    assert chosen.taxon == "vertebrates"
    said = "Names are from vertebrates, whose matrices fit the motifs best; --db-taxon chooses others."
    assert (chosen.names_from, chosen.notices) == (said, ())
    names = namings(pwms, chosen)
    labels = [each.family.label for each in names]
    assert labels == ["CTCF", "Ets", "NFY", "YY1/2", "NRF1", "bHLH-ZIP", "THAP11", "KLF/SP"]
    every = tomtom(pwms, library.motifs, reverse_complement=True, keep=5)
    assert [[each.target for each in name.matches] for name in names] == [[m.target for m in own] for own in every]
    assert "fungi" in {each.taxon for name in names for each in name.matches}


def test_motifs_of_yeasts_are_named_from_fungi(motifs, library):
    pwms = read_motifs(motifs / "jaspar2022_core_fungi.meme.gz").motifs[:12]
    assert fitted(library, pwms).taxon == "fungi"


def test_one_motif_does_not_tell(motifs, library):
    chosen = fitted(library, matrices(motifs / HOCOMOCO, ("CTCF",)))
    assert chosen.taxon == ""
    assert chosen.names_from == (
        "Names are from all taxa of the database, for one motif with a match does not tell which fits best; "
        "--db-taxon chooses."
    )


def test_taxa_that_fit_alike_are_said(library):
    twin = replace(
        library, annotations=tuple(said._replace(taxon=f"t{i % 2}") for i, said in enumerate(library.annotations))
    )
    pair = [library.motifs[0], library.motifs[1]]  # each its own best match, one of either taxon
    chosen = fitted(twin, pair)
    assert chosen.taxon == ""
    assert "of which t0 and t1 fit the motifs about alike" in chosen.names_from or "t1 and t0" in chosen.names_from


def test_nothing_is_chosen_for_whoever_has_chosen_nor_among_one(motifs, library):
    pwms = matrices(motifs / HOCOMOCO, VERTEBRATES[:3])
    asked = open_library(motifs / JASPAR, "vertebrates,fungi")
    one = open_library(motifs / "jaspar2022_core_fungi.meme.gz")
    unsaid = Library(library.motifs, tuple(Annotation("X") for _ in library.motifs))
    for each in (asked, one, unsaid, Library()):
        assert fitted(each, pwms) is each
    assert fitted(library, []) is library


def test_without_a_match_there_is_nothing_to_say(library):
    flat = Pwm("M1", np.full((8, 4), 5.0), n_sites=20)
    chosen = fitted(library, [flat, replace(flat, name="M2")])
    assert (chosen.taxon, chosen.names_from) == ("", "")
