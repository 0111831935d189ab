"""What motifs are called: rules on made-up databases, and real matrices that an expert would name so."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling.errors import InputError
from sparling_genomics.files.motif_databases import Annotation, read_motifs
from sparling_genomics.files.rows import MotifRow
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.naming.families import ERROR, Alike, family_of, short
from sparling_genomics.naming.jaspar import of_matrix
from sparling_genomics.naming.library import Library, mixture, open_library
from sparling_genomics.naming.names import LIKELY, SHOWN, full_name, namings, site_names
from sparling_genomics.naming.tomtom import tomtom

JASPAR, HOCOMOCO = "jaspar2024_core_nonredundant.meme.gz", "hocomoco_v13_core.meme.gz"


def label(names, database=(), likeness=None):
    said = [Annotation(name) if isinstance(name, str) else name for name in names]
    others = [Annotation(name) if isinstance(name, str) else name for name in database]
    alike = [Alike(each, 0.9 if likeness is None else likeness[i]) for i, each in enumerate(said)]
    return family_of(alike, [*said, *others]).label


ETS = [Annotation(name, families=("Ets-related",)) for name in ("ELK4", "GABPA", "FLI1", "ERG")]
E2F = [Annotation(f"E2F{i}", classes=("Fork head",)) for i in (1, 2, 3)]
KLF = [Annotation(f"KLF{i}", classes=("C2H2",)) for i in (1, 2)]
FINGERS = [Annotation(name, families=("More than 3 adjacent zinc fingers",)) for name in ("YY1", "CTCF", "MAZ", "KLF4")]


@pytest.mark.parametrize(
    ("names", "database", "said"),
    [
        (["CTCF"], [], "CTCF"),
        (["CTCF", "CTCFL"], [], "CTCF"),
        (["SRM1", "GATA4", "elt-1", "Gata3", "GATA6"], [], "GATA"),
        (["HAP3", "NFYA", "NFYB", "NFYC"], [], "NFY"),
        (["FOXC2", "Foxa1", "FOXD3", "pha-4"], [], "FOX"),
        (["FOS::JUN", "FOSL2::JUND", "BATF", "JUNB"], [], "FOS/JUN"),
        (["TP73", "TP53", "TP63"], [], "TP53/63/73"),
        (["ZFP42", "YY2", "Yy1"], [], "YY1/2"),
        (ETS, [], "Ets"),
        (["ZNF143", "ZNF76"], [f"ZNF{i}" for i in range(10)], "ZNF143/ZNF76"),  # a stem that says nothing
        (FINGERS[:2], [*FINGERS[2:], *(FINGERS[0]._replace(factor=f"F{i}") for i in range(9))], "YY1/CTCF"),
        (["my factor"], [], "my_factor"),
        ([Annotation("Nrf1", "vertebrates")], [], "NRF1"),
        ([Annotation("ewg", "insects")], [], "ewg"),
        (["E2F1", "E2F4", "TFDP1"], [], "E2F"),  # never E
        (["KLF5", "SP1", "KLF4", "SP3"], [], "KLF/SP"),
        (["ETV1", "ELK1", "ELK4", "ETV4"], [], "ELK/ETV"),
        ([Annotation(name, families=("Ets-related",)) for name in ("ETV1", "ELK1", "ELK4", "ETV4", "FLI1")], [], "Ets"),
        ([*E2F, *KLF], [], "E2F"),  # stems of two classes are no name
        (
            ["CREM", "CREB1", "FOS::JUN", "FOS::JUNB"],
            ["FOS::JUN", "FOS::JUNB"] * 4,
            "CRE",
        ),  # of FOS less than half are the motif
    ],
)
def test_the_name_is_what_the_tied_have_in_common(names, database, said):
    assert label(names, database) == said


def test_what_is_less_alike_than_the_error_does_not_vote():
    plants = [Annotation(f"AGL{i}") for i in range(6)]
    far = [0.95] + [0.95 - ERROR - 0.01] * 6
    assert label(["SRF", *plants], likeness=far) == "SRF"
    assert label(["SRF", *plants], likeness=[0.95] * 7) == "AGL"


def test_what_none_of_the_first_is_of_is_no_name():
    assert label(["SRF", "BS", "MCM1", *(f"AGL{i}" for i in range(7))]) == "SRF/BS"


def test_members_are_each_factor_once_with_the_tied_first():
    alike = [Alike(Annotation(name), likeness) for name, likeness in (("FLI1", 0.7), ("Gabpa", 0.9), ("GABPA", 0.9))]
    family = family_of(alike, [each.said for each in alike])
    assert family.members == ("Gabpa", "FLI1")
    assert family.size == 3


def test_members_of_what_is_named_come_first():
    family = family_of([Alike(Annotation(name), 0.9) for name in ("ZFP42", "GATA4", "SRM1", "Gata3", "GATA6")], [])
    assert (family.label, family.members) == ("GATA", ("GATA4", "Gata3", "GATA6", "ZFP42", "SRM1"))


def test_without_names_there_is_none():
    assert family_of([], []) is None
    assert family_of([Alike(Annotation(), 0.9)], []) is None


NAMES = st.text("ABab12:- ,/()", min_size=1, max_size=8).filter(str.strip)


@given(st.lists(NAMES, min_size=1, max_size=12), st.lists(NAMES, max_size=6))
def test_a_name_is_one_word_whatever_the_database_writes(names, others):
    family = family_of([Alike(Annotation(name), 0.9) for name in names], [Annotation(n) for n in [*names, *others]])
    assert len(family.label.split()) == 1
    assert len({each.upper() for each in family.members}) == len(family.members)
    row = MotifRow("M1", "ACGT", 4, 9, None, None, family=family.label, family_size=1)
    assert set(site_names([row])["M1"]) <= set("M1_-.") | set("ABab123456789")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ets-related", "Ets"),
        ("p53-related factors", "p53"),
        ("Basic leucine zipper factors (bZIP)", "bZIP"),
        ("Heteromeric CCAAT-binding", "Heteromeric CCAAT-binding"),
        ("C3H(C),C2HC zinc-fingers like factors", "C3H(C),C2HC zinc-fingers like"),
    ],
)
def test_families_in_short(name, said):
    assert short(name) == said


# --- what databases say


def test_matrices_of_jaspar_have_their_taxon(shared_data: Path) -> None:
    motifs = read_motifs(shared_data / "motifs" / JASPAR).motifs
    said = [of_matrix(pwm.name, pwm.alt_name) for pwm in motifs]
    assert sum(bool(each.taxon) for each in said) == len(motifs) - 3  # three are called otherwise by now
    assert sum(bool(each.families) for each in said) > 0.9 * len(motifs)


@pytest.mark.parametrize("taxon", ["fungi", "insects", "nematodes", "plants", "urochordates", "vertebrates"])
def test_files_of_one_taxon_agree_though_some_numbers_have_changed_hands(shared_data: Path, taxon: str) -> None:
    motifs = read_motifs(shared_data / "motifs" / f"jaspar2022_core_{taxon}.meme.gz").motifs
    said = [each for pwm in motifs if (each := of_matrix(pwm.name, pwm.alt_name).taxon)]
    assert sum(each != taxon for each in said) <= 1
    assert of_matrix("MA1779.1", "TFAP4::ETV1") == Annotation("TFAP4::ETV1")  # of MYB83 now


def test_hocomoco_says_no_taxon_and_its_symbols_have_families(shared_data: Path) -> None:
    library = open_library(shared_data / "motifs" / HOCOMOCO)
    said = {pwm.name.split(".")[0]: each for pwm, each in zip(library.motifs, library.annotations, strict=True)}
    assert not any(each.taxon for each in said.values())
    assert said["GABPA"] == Annotation("GABPA", "", ("Ets-related",), ("Tryptophan cluster factors",))
    assert said["ZN143"].families == ()  # a protein's name, which is no symbol


def test_a_transfac_file_says_it_itself(tmp_path: Path) -> None:
    matrix = "P0      A      C      G      T\n01      9      0      0      0\n02      0      9      0      0\nXX\n"
    said = (
        "CC tax_group:plants\nXX\nCC tf_family:bHLH; MYB\nCC tf_class:Basic helix-loop-helix factors (bHLH)\nXX\n//\n"
    )
    path = tmp_path / "jaspar.transfac"
    path.write_text(f"AC MA9999.1\nXX\nID OWN\nXX\n{matrix}{said}AC M2\nXX\nID OTHER\nXX\n{matrix}//\n")
    library = open_library(path)
    classes = ("Basic helix-loop-helix factors (bHLH)",)
    assert library.annotations[0] == Annotation("OWN", "plants", ("bHLH", "MYB"), classes)
    assert library.annotations[1] == Annotation("OTHER")
    assert [pwm.name for pwm in open_library(path, "plants").motifs] == ["MA9999.1"]


def test_taxa_are_chosen_and_a_mixture_is_noticed(shared_data: Path) -> None:
    path = shared_data / "motifs" / JASPAR
    every, two = open_library(path), open_library(path, "Vertebrates, fungi")
    assert every.notices == (mixture(each.taxon for each in every.annotations),)
    kept = [pwm.name for pwm, each in zip(every.motifs, every.annotations, strict=True) if each.taxon[:1] in ("v", "f")]
    assert [pwm.name for pwm in two.motifs] == kept
    assert two.notices == (f"{len(kept):,} of the {len(every.motifs):,} matrices are of fungi and vertebrates.",)
    assert open_library(shared_data / "motifs" / "jaspar2022_core_fungi.meme.gz").notices == ()


@pytest.mark.parametrize(
    ("file", "taxa", "said"),
    [
        (
            JASPAR,
            "vertebrate",
            r"^--db-taxon: no matrix is of 'vertebrate', did you mean vertebrates\? expected some of",
        ),
        (JASPAR, "xyz", r"^--db-taxon: no matrix is of 'xyz', expected some of vertebrates \(\d+\), plants \("),
        (JASPAR, " , ", r"^--db-taxon: no matrix is of ' , '"),
        (HOCOMOCO, "vertebrates", "^--db-taxon: the database says of no matrix what taxon it is of"),
    ],
)
def test_an_unknown_taxon_is_refused(shared_data: Path, file: str, taxa: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        open_library(shared_data / "motifs" / file, taxa)


# --- real motifs: matrices of HOCOMOCO 13, named by JASPAR 2024

EXPERT = {
    "CTCF": "CTCF",
    "GATA1": "GATA",
    "GATA3": "GATA",
    "NFYA": "NFY",
    "TYY1": "YY1/2",
    "GABPA": "Ets",
    "ELK4": "Ets",
    "USF1": "bHLH-ZIP",
    "REST": "REST",
    "FOSL2": "FOS/JUN",
    "P53": "TP53/63/73",
    "SRF": "SRF",
    "TEAD4": "TEAD",
    "FOXA1": "FOX",
    "ZN143": "THAP11",  # an expert says ZNF143; JASPAR's matrix of that name is the other half of the site
    "NRF1": "NRF1",
    "SP1": "KLF/SP",
    "E2F4": "E2F",
    "PPARG": "PPAR/RXR",
    "ATF1": "CRE/FOS",
}


@pytest.fixture(scope="module")
def named(shared_data):
    library = open_library(shared_data / "motifs" / JASPAR, "vertebrates")
    known = read_motifs(shared_data / "motifs" / HOCOMOCO).motifs
    by_name = {pwm.name.split(".")[0]: pwm for pwm in reversed(known)}
    pwms = [by_name[name] for name in EXPERT]
    return library, dict(zip(EXPERT, zip(pwms, namings(pwms, library), strict=True), strict=True))


@pytest.mark.parametrize("factor", EXPERT)
def test_known_motifs_read_as_an_expert_writes_them(named, factor):
    assert named[1][factor][1].family.label == EXPERT[factor]


def test_matches_and_families_against_a_loop(named):
    library, found = named
    for factor in ("GATA1", "P53", "CTCF"):
        pwm, naming = found[factor]
        matches = tomtom([pwm], library.motifs, reverse_complement=True)[0]
        assert [match.target for match in naming.matches] == [match.target for match in matches[:SHOWN]]
        targets = {target.name: target for target in library.motifs}
        alike = [
            match.target
            for match in matches
            if match.p < LIKELY and similarity(pwm, targets[match.target], whole=True).correlation >= 0.75
        ]
        assert naming.family.size == len(alike)
        assert {match.taxon for match in naming.matches} == {"vertebrates"}


def test_without_a_database_there_is_no_name(named):
    pwm = named[1]["CTCF"][0]
    (naming,) = namings([pwm], Library())
    assert (naming.best, naming.family.label) == (None, "")
    row = MotifRow.of(pwm, bound_fraction=None, auroc=None).with_match(naming.best, naming.family)
    assert full_name(row) == ""
