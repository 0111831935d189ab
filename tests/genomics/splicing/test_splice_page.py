"""The report of a splicing run: roles of motifs, frequency of words, genes checked, and the page."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from sparling_genomics.letters.alphabet import decode
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.maps.page.curve import Evaluation, draw_curve, read_evaluations
from sparling_genomics.splicing.maps.page.frequency import occurrences, word_frequency, word_of
from sparling_genomics.splicing.maps.page.gene_picture import draw_gene, said, strengths, title
from sparling_genomics.splicing.maps.page.genes import (
    DRAWN,
    NAMED,
    WORST,
    GeneCheck,
    Verdict,
    check_genes,
    drawn,
    worst,
)
from sparling_genomics.splicing.maps.page.report import write_splice_report
from sparling_genomics.splicing.maps.pictures import draw_rna_maps, pairs, panel
from sparling_genomics.splicing.maps.rna_map import rna_maps
from sparling_genomics.splicing.maps.roles import Role, role
from sparling_genomics.splicing.maps.side import Calls
from sparling_genomics.splicing.maps.surroundings import Surroundings
from sparling_genomics.splicing.runs.publish import write_motifs
from sparling_genomics.splicing.runs.words import Place
from tests.genomics.splicing.sides import motif, side_by_hand, small_genes, words_in
from tests.page import Page

NOWHERE = Surroundings(1.0, 1.0, 0.0, 0.0, "", None)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_genes(tmp_path_factory.mktemp("small"), 12)[1]


@pytest.fixture
def side(data):
    return side_by_hand(data, "CTAAC", "GTA")


@pytest.mark.parametrize(
    ("word", "donor", "acceptor", "expected"),
    [
        ("GTAAG", Place(1, 0.9), Place(-50, 0.05), Role("donor")),
        ("GGTAAG", Place(0, 0.9), Place(-51, 0.05), Role("donor")),
        ("TAG", Place(3, 0.02), Place(-3, 0.6), Role("acceptor")),
        ("AGG", Place(-2, 0.3), Place(-2, 0.25), Role("acceptor")),
        ("ACTAAC", Place(27, 0.05), Place(-16, 0.15), Role("branch point", -12)),
        ("CTGAC", Place(27, 0.05), Place(-15, 0.15), Role("branch point", -12)),
        ("CTAAC", Place(27, 0.05), Place(-90, 0.15), Role("")),
        ("CTAAC", Place(27, 0.05), Place(-16, 0.02), Role("")),
        ("TTTTTT", Place(27, 0.05), Place(-16, 0.15), Role("")),
        ("CTAGC", Place(27, 0.05), Place(-16, 0.15), Role("")),
    ],
)
def test_roles_follow_from_letters_and_place(word, donor, acceptor, expected):
    assert role(motif("M1", word, donor=donor, acceptor=acceptor), 0.0) == expected


def test_what_lies_before_decoys_too_is_no_branch_point():
    found = motif("M1", "CTAAC", donor=Place(0, 0.0), acceptor=Place(-16, 0.15))
    assert role(found, 0.04).name == "branch point"
    assert role(found, 0.06).name == ""


@pytest.mark.parametrize(
    ("word", "pattern"), [("CTAAC", "CTAAC"), ("YAG", "[CT]AG"), ("GTNNG", "GT..G"), ("WS", "[AT][CG]")]
)
def test_words_are_counted_as_a_regular_expression_counts_them(data, word, pattern):
    expected = 0
    for first, end in zip(data.offsets[:-1], data.offsets[1:], strict=True):
        # a word counts where its first letter is on the transcript
        text = decode(data.codes[int(first) + data.context : int(end)])
        inside = int(end - first) - 2 * data.context
        expected += sum(found.start() < inside for found in re.finditer(f"(?={pattern})", text))
    assert occurrences(data, word) == expected


def test_frequencies_are_per_100_nt_each_word_once(data):
    found = word_frequency(data, [motif(f"M{i}", word).pwm for i, word in enumerate(["CTAAC", "AG", "CTAAC"])])
    assert list(found.words) == ["AG", "CTAAC"]
    assert found.words["CTAAC"] == pytest.approx(100 * len(words_in(data, "CTAAC")) / data.positions)
    assert found.total == pytest.approx(sum(found.words.values()))
    assert word_of(motif("M1", "GAT").pwm) == "GAT"


def with_calls(side, missing, wrong):
    """The side with one site of P 0.2, and a call where there is none."""
    odds = side.effects.log_odds.copy()
    odds[missing] = np.log(0.25)
    calls = [np.append(column, value) for column, value in zip(side.calls, wrong, strict=True)]
    order = np.argsort(calls[0], kind="stable")
    calls = Calls(*(column[order] for column in calls))
    return replace(side, calls=calls, effects=side.effects._replace(log_odds=odds))


def test_missed_and_wrong_sites_are_named_on_the_genome(side):
    first_true = int(np.flatnonzero(side.sites.true)[0])
    minus = int(side.data.offsets[1]) + side.data.context  # first base of the gene on the reverse strand
    checks = check_genes(with_calls(side, first_true, (minus, ACCEPTOR, 0.7)))
    assert checks[0].missed == (Verdict("donor", 9, pytest.approx(0.2)),)
    assert checks[0].wrong == ()
    assert checks[1].missed == ()
    assert checks[1].wrong == (Verdict("acceptor", 88, pytest.approx(0.7)),)
    assert [check.sites for check in checks] == [4, 2]
    assert [said(check) for check in checks] == ["3 of 4 sites found", "2 of 2 sites found, 1 called wrongly"]
    assert title(checks[1]) == "two, too · chr1:61–89 (−) · 1 intron"


def test_a_site_of_the_other_kind_is_wrong(side):
    donor = side.data.labels.tolist().index(DONOR)
    (check, _) = check_genes(with_calls(side, 0, (donor, ACCEPTOR, 0.8)))
    assert [(each.kind, each.position) for each in check.wrong] == [("acceptor", 9)]


def test_worst_and_drawn_genes_follow_their_rules(side):
    gene = side.data.genes[0]
    nothing = Verdict("donor", 1, 0.1)
    checks = [GeneCheck(i, gene, 10 - i % 2, (nothing,) * (i % 3), ()) for i in range(70)]
    found = worst(checks)
    assert len(found) == WORST
    assert [each.errors for each in found] == [2] * WORST
    assert [each.sites for each in found] == sorted(each.sites for each in found)
    assert [each.number for each in found[:3]] == [5, 11, 17]
    shown = drawn(checks)
    assert len(shown) == DRAWN
    assert [each.number for each in shown] == [int((i + 0.5) * 70 / 12) for i in range(12)]
    assert len(drawn(checks[:3])) == 3
    assert worst([GeneCheck(0, gene, 2, (), ())]) == []


def test_a_gene_is_drawn_with_all_that_is_in_it(side):
    minus = int(side.data.offsets[1]) + side.data.context
    seen = with_calls(side, 0, (minus, ACCEPTOR, 0.7))
    checks = check_genes(seen)
    plus, reverse = (draw_gene(seen, check, strengths(seen)) for check in checks)
    assert plus.count('class="exon"') == 3
    assert reverse.count('class="exon"') == 2
    assert plus.count('class="missed donor-ring"') == 1
    assert reverse.count('class="wrong acceptor-ring"') == 1
    assert plus.count('class="m0 pale"') == len(words_in(side.data, "CTAAC")) - 1
    x = [float(at) for at in re.findall(r'class="exon" x="([\d.]+)"', reverse)]
    assert x[0] > x[1]  # the first exon on the genome is the last of the gene


def result(**more):
    side = {"genes": 2, "introns": 3}
    figures = {"sites": 3, "top_k": 0.9, "auprc": 0.8}
    test = {"top_k": 0.9, "noise": 0.01, "donor": figures, "acceptor": figures, "positions": 81}
    return {
        "inputs": {"annotation": {"path": "a/genes.gff3", "sha256": "00"}},
        "finished": "2026-01-01T00:00:00+00:00",
        "started": "2026-01-01T00:00:00+00:00",
        "sides": {"train": side, "validation": side, "test": side},
        "test": {
            "universe": "genes with introns",
            "related_genes": 1,
            "without_related": test,
            "all": test,
            "marks_per_100nt": 4.8,
        },
        "channels": 16,
        "universes": [
            {"universe": "genes_with_introns", "positions": 81, "share": 1.0, "top_k": 0.9}
            | {"donor": figures, "acceptor": figures, "errors": {"donor": 0.03, "acceptor": 0.03, "mean": 0.021}},
            {"universe": "genome_both_strands", "positions": 9000, "share": 0.2, "top_k": 0.7}
            | {"donor": figures, "acceptor": figures},
        ],
        "baselines": {
            "PWM alone": {"universe": "genes_with_introns", "top_k": 0.4, "donor": figures, "acceptor": figures}
            | {"errors": {"donor": 0.03, "acceptor": 0.03, "mean": 0.02}}
        },
        "config": {"channels": 99, "test_chroms": ("III",), "max_minutes": None},
        "seconds": 3.0,
        "device": "cpu",
        "precision": "bf16",
        "seed": 0,
        "stop_reason": "target density reached",
        "noticed": ["<b> was noticed."],
        "command": "sparling splice train",
        "versions": {"python": "3.11"},
    } | more


def metrics(path):
    rows = [
        {"phase": "anneal", "validation_density": 0.25, "score": 0.3},
        {"phase": "anneal", "validation_density": 0.01, "score": 0.8},
        {"phase": "settle", "validation_density": 0.003, "score": 0.85},
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def written(folder, side, around=NOWHERE, **more) -> str:
    metrics(folder / "metrics.jsonl")
    write_motifs(folder, side.motifs, [around] * len(side.motifs))
    write_splice_report(folder, side, list(rna_maps(side, 0)), [around] * len(side.motifs), result(**more))
    return (folder / "report.html").read_text()


def test_the_page_is_whole_and_needs_nothing_from_afar(side, tmp_path):
    page = Page(written(tmp_path, side))
    assert "2 motifs were found; splice sites of genes held out are told with a top-k accuracy of 0.900." in page.text
    assert "CTAAC" in page.text
    need = side.motifs[0].need
    assert f"Need: {need.loss:.3f} nat a site, z {need.z:.1f}, p " in page.text
    assert "genes.gff3" in page.text
    assert "<b> was noticed." in page.text
    assert "the second, with the channels alone" not in page.text
    (tmp_path / "second").mkdir()
    metrics(tmp_path / "second" / "metrics.jsonl")
    assert "the second, with the channels alone" in Page(written(tmp_path, side)).text
    links = [value for _, name, value in page.attributes if name in ("src", "href")]
    assert links
    assert all(link.startswith("data:image/svg+xml;base64,") for link in links)
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", page.text)


def test_figures_say_what_they_are_among(side, tmp_path):
    page = Page(written(tmp_path, side))
    assert "genes with introns 81 0.900 ± 0.021 0.900 0.900 0.800 0.800" in page.text
    assert "genome both strands, 20% of it 9,000 0.700 0.900 0.900 0.800 0.800" in page.text
    assert "± 0.021; donors 0.900" in page.text
    assert "400 marks per 100 nt: top-k 0.300" in page.text  # a quarter of all positions, 16 channels


def test_what_is_compared_with_stands_beside_and_what_was_not_run_is_said(side, tmp_path):
    page = Page(written(tmp_path, side))
    assert "This run 0.900 ± 0.021" in page.text
    assert "PWM alone 0.400 ± 0.020" in page.text
    assert "Not run: maximum entropy" in page.text
    assert "--dense-twin" in page.text
    assert "tells sites better" not in page.text
    best = {"PWM alone": {**result()["universes"][0], "top_k": 0.95}}
    assert "PWM alone tells sites better" in Page(written(tmp_path, side, baselines=best)).text
    twin = {"dense twin": best["PWM alone"]}
    assert "better" not in Page(written(tmp_path, side, baselines=twin)).text
    assert "Beside what else" not in Page(written(tmp_path, side, baselines={})).text


def test_of_many_errors_of_a_gene_only_the_first_are_named(side, tmp_path):
    places = int(side.data.offsets[1]) + side.data.context + np.arange(NAMED + 3)
    wrong = (places, np.full(len(places), ACCEPTOR), np.full(len(places), 0.7))
    (folder := tmp_path / "few").mkdir()
    few = Page(written(folder, with_calls(side, 0, [column[:NAMED] for column in wrong]))).text
    many = Page(written(tmp_path, with_calls(side, 0, wrong))).text
    assert few.count("(0.70)") == many.count("(0.70)") == NAMED
    assert "more" not in few.split("Where it fails")[1].split("Most errors first")[0]
    assert "(0.70) , and 3 more" in many


def test_the_branch_point_is_in_the_headline(data, tmp_path):
    side = side_by_hand(data, "CTAAC")
    page = Page(written(tmp_path, side, NOWHERE._replace(role="branch point", branch_offset=-12)))
    assert (tmp_path / "motifs.tsv").read_text().splitlines()[1].endswith("\tbranch point\t-12" + 5 * "\t")
    assert "One motif was found, the branch point, CTAAC, 12 nt before acceptors; splice sites" in page.text


def test_a_run_without_motifs_has_a_page(data, tmp_path):
    side = side_by_hand(data, "CTAAC")
    nothing = type(side.occurrences)(*(each[:0] for each in side.occurrences))
    page = Page(written(tmp_path, replace(side, motifs=(), occurrences=nothing)))
    assert "No motif is shown to explain more than the GT and AG of introns; splice sites" in page.text
    assert "No motif is reported." in page.text


def test_the_curve_has_its_evaluations_and_the_words(tmp_path):
    metrics(tmp_path / "metrics.jsonl")
    found = read_evaluations(tmp_path / "metrics.jsonl", 16)
    assert [tuple(each) for each in found] == [
        (pytest.approx(400), 0.3),
        (pytest.approx(16), 0.8),
        (pytest.approx(4.8), 0.85),
    ]
    assert read_evaluations(tmp_path / "second" / "metrics.jsonl", 8) == []
    chart = draw_curve(found[:2], found[2:], 5.0)
    assert "the words occur 5.0 times per 100 nt" in chart
    assert chart.count("<circle") == 4
    assert "the words occur" not in draw_curve(found, [], 0.0)


@pytest.mark.parametrize("score", [0.0, 0.5, 0.99, 1.0])
def test_what_the_curve_ends_at_is_written_inside_the_chart(score):
    chart = draw_curve([Evaluation(400, 0.0), Evaluation(5, score)], [], 0.0)
    (y,) = re.findall(r'class="strong" x="[^"]*" y="([^"]*)"', chart)
    assert 12 < float(y) < 232


def test_pictures_are_the_same_bytes_again(side, tmp_path):
    maps = list(rna_maps(side, 0))
    pwms = [each.pwm for each in side.motifs]
    draw_rna_maps(pwms, maps, tmp_path / "one.svg", tmp_path / "one.png")
    draw_rna_maps(pwms, maps, tmp_path / "two.svg", tmp_path / "two.png")
    for end in ("svg", "png"):
        assert (tmp_path / f"one.{end}").read_bytes() == (tmp_path / f"two.{end}").read_bytes()
    assert [(a.kind, a.true, b.true) for a, b in pairs(maps, 1)] == [(DONOR, True, False), (ACCEPTOR, True, False)]
    assert b"<svg" in panel(pairs(maps, 0)[0])
