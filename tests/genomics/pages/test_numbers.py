"""Every number on the page of a run, computed again from the files in its folder, with pandas alone."""

import base64
import csv
import json
import math
import re
from collections import Counter
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling_genomics.audit.trained import train_and_check
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.pages.report import write_report
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare
from tests.browser.made_runs import CASES, write_case
from tests.page import Element, tree


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", quoting=csv.QUOTE_NONE, na_values=[""], keep_default_na=False)


def share(value: float) -> str:
    if 0 < value < 0.0005:
        return "<0.1%"
    if 0.995 <= value < 1:
        return ">99%"
    return f"{100 * value:.0f}%" if value >= 0.0995 or value == 0 else f"{100 * value:.1f}%"


def small(value: float) -> str:
    """A P or E value in the page's tables, without its markup."""
    if value >= 1e-3:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10 −{-int(exponent)}"


def pasted(value: float) -> str:
    """A P or E value in a sentence."""
    if value < 1e-300:
        return "< 10 −300"
    return f"= {small(value)}"


def plain(shown: str) -> str:
    """A sentence of the page as programs write it."""
    return re.sub(r" × 10 −(\d+)", r"e-\1", re.sub(r" (?=[;),.:])", "", shown))


def times(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


class Run:
    """The files of a run folder, what follows from them, and its page."""

    def __init__(self, folder: Path) -> None:
        self.info = json.loads((folder / "run.json").read_text())
        self.metrics = self.info["metrics"]
        audit = folder / "audit.json"
        self.audit = json.loads(audit.read_text()) if audit.exists() else None
        self.motifs = table(folder / "motifs.tsv").set_index("motif_id")
        self.sites = table(folder / "sites.tsv.gz")
        self.peaks = table(folder / "peaks.tsv").set_index("sequence")
        self.pairs = table(folder / "pairs.tsv")
        self.spacings = table(folder / "spacings.tsv.gz")
        self.matches = table(folder / "matches.tsv") if (folder / "matches.tsv").exists() else pd.DataFrame()
        bed = pd.read_csv(folder / "sites.bed", sep="\t", header=None, quoting=csv.QUOTE_NONE)
        self.bed = bed[3].str.split("_").str[0].value_counts()
        self.jaspar = (folder / "motifs.jaspar").read_text()
        self.meme = (folder / "motifs.meme").read_text()
        self.page = tree((folder / "report.html").read_text(encoding="utf-8"))

    @cached_property
    def bound(self) -> int:
        return int((self.peaks["label"] == 1).sum())

    @cached_property
    def unbound(self) -> int:
        return int((self.peaks["label"] == 0).sum())

    def carriers(self, motif: str, label: int) -> int:
        """Sequences with a site, which both tables say."""
        own = self.sites[(self.sites["motif_id"] == motif) & (self.sites["label"] == label)]
        assert (self.peaks.loc[self.peaks["label"] == label, motif] > 0).sum() == own["sequence"].nunique()
        return own["sequence"].nunique()

    def in_bound(self, motif: str) -> pd.DataFrame:
        return self.sites[(self.sites["motif_id"] == motif) & (self.sites["label"] == 1)]

    def without_any(self, label: int) -> float:
        return float((self.peaks.loc[self.peaks["label"] == label, [*self.motifs.index]].sum(axis=1) == 0).mean())

    def name(self, motif: str) -> str:
        family = self.motifs["family"][motif]
        return family if isinstance(family, str) else self.motifs["consensus"][motif]

    def doubts(self, motif: str) -> list[str]:
        if self.audit is None:
            return []
        return next(each["doubts"] for each in self.audit["motifs"] if each["motif_id"] == motif)

    @cached_property
    def words(self) -> tuple[str, str]:
        peaks = "peaks" if self.metrics["bed"]["holds"] in ("genome", "both") else "bound sequences"
        return peaks, "shuffles" if self.info["data"]["shuffled_copies"] else "unbound sequences"

    @cached_property
    def one_length(self) -> bool:
        return self.peaks["length"].nunique() == 1

    def position(self, motif: str) -> str:
        own, length = self.in_bound(motif), self.peaks["length"].max()
        away = np.abs((own["start"] + own["end"]) / 2 - length / 2)
        p = self.motifs["central_p"][motif]
        central = "central" if p * len(self.motifs) < 0.05 else "not central"
        return f"half of them within {away.median():.0f} bp of the centre; {central}, P {pasted(p)}"


def check_columns(run: Run) -> None:
    """Columns of motifs.tsv that other files say too."""
    for motif, row in run.motifs.iterrows():
        own = run.in_bound(motif)
        assert row["sites"] == len(own) == run.bed[motif]
        assert (row["bound_with"], row["bound"]) == (run.carriers(motif, 1), run.bound)
        assert (row["unbound_with"], row["unbound"]) == (run.carriers(motif, 0), run.unbound)
        assert row["bound_share"] == pytest.approx(row["bound_with"] / run.bound, rel=1e-5)
        assert row["unbound_share"] == pytest.approx(row["unbound_with"] / run.unbound, rel=1e-5)
        if row["unbound_with"]:
            assert row["fold"] == pytest.approx(row["bound_share"] / row["unbound_share"], rel=1e-5)
        assert row["e_value"] == pytest.approx(len(run.motifs) * row["p_value"], rel=1e-5)
        assert row["width"] == len(row["consensus"]) == (own["end"] - own["start"] + own["beyond_end"]).max()
        assert f"w= {row['width']} nsites= {row['n_sites']} E= {row['e_value']:.6g}" in run.meme
        assert row["information_bits"] == pytest.approx(bits(run, motif), rel=1e-4)
        if run.matches.size:
            best = run.matches[run.matches["motif_id"] == motif].iloc[0]
            told = (row["best_match"], row["match_name"], row["match_q"], row["match_e"], row["match_p"])
            assert told == (best["target"], best["target_name"], best["q"], best["e"], best["p"])


def bits(run: Run, motif: str) -> float:
    """Of the counts, against the letters of the input, less what as few letters show (Schneider 1986)."""
    background = dict(re.findall(r"([ACGTU]) (0\.\d+)", run.meme.split("MOTIF")[0]))
    block = next(each for each in run.jaspar.split(">") if each.split()[:1] == [motif])
    counts = pd.DataFrame(
        {letter: list(map(float, row.split())) for letter, row in re.findall(r"([ACGT])\s+\[(.*?)\]", block)}
    )
    p = counts.div(counts.sum(axis=1), axis=0)
    against = pd.Series({letter.replace("U", "T"): float(value) for letter, value in background.items()})
    terms = p * np.log2((p / against).where(p > 0, 1.0))
    corrected = terms.sum(axis=1) - 3 / (2 * math.log(2) * counts.sum(axis=1))
    return float(corrected.clip(lower=0).sum())


def check_fitted(run: Run) -> None:
    """What follows from predictions and places, of a run that a network made."""
    test = run.peaks[run.peaks["split"] == "test"]
    for motif, row in run.motifs.iterrows():
        own = run.sites[run.sites["motif_id"] == motif]
        best = own.groupby("sequence")["score"].max().reindex(test.index).fillna(0.0)
        rank, positive = best.rank(), test["label"] == 1
        n, m = positive.sum(), (~positive).sum()
        assert row["auroc"] == pytest.approx((rank[positive].sum() - n * (n + 1) / 2) / (n * m), abs=1e-3)
        at, free = run.in_bound(motif), run.peaks["length"].max() - row["width"]
        whole = at[at["beyond_end"] == 0]
        if len(whole) == len(at):
            away = np.abs(2 * at["start"] - free) / free
            assert row["centrality"] == pytest.approx(away.mean(), rel=1e-4)
        figures = next(each for each in run.audit["motifs"] if each["motif_id"] == motif)
        assert (figures["p"], figures["e"]) == pytest.approx((row["p_value"], row["e_value"]), rel=1e-4)
        if row["necessity"] == row["necessity"]:
            assert figures["alpha"] == pytest.approx(row["necessity"], rel=1e-4)
        tests = run.metrics["could_show"]["tests"]["test"]
        assert row["p_value"] == pytest.approx(fisher(figures, tests["bound"], tests["unbound"]), rel=1e-4)


def fisher(figures: dict[str, int], bound: int, unbound: int) -> float:
    """P of as many bound clusters among those with a site, or more, in whole numbers."""
    k, drawn = figures["test_bound"], figures["test_bound"] + figures["test_unbound"]
    ways = sum(math.comb(bound, i) * math.comb(unbound, drawn - i) for i in range(k, min(bound, drawn) + 1))
    return ways / math.comb(bound + unbound, drawn)


def check_sentence(run: Run) -> None:
    """The headline, and what stands below it."""
    first, *others = run.motifs.index
    bound, unbound = run.words
    told = run.page.only("h1").text()
    told = re.sub(r" (?=[;)])", "", told)
    assert f" in {share(run.carriers(first, 1) / run.bound)} of {run.bound:,} {bound}" in told
    assert f" and {share(run.carriers(first, 0) / run.unbound)} of " in told
    assert f"E {pasted(run.motifs['e_value'][first])}" in told
    if "near the centre" in told:
        assert f"near the centre, P {pasted(run.motifs['central_p'][first])}" in told
    ordered = sorted(others, key=lambda motif: -run.carriers(motif, 1))[:5]
    beside = [
        f"{run.name(motif)} in {share(run.carriers(motif, 1) / run.bound)}{' (doubtful)' if run.doubts(motif) else ''}"
        for motif in ordered
    ]
    more = [f"{len(others) - 5} more"] if len(others) > 5 else []
    assert f"beside it {', '.join([*beside, *more])}; {share(run.without_any(1))} have none of them." in told
    below = [each.text() for each in run.page.only("ul", of="lede").every("li")]
    some = [share(1 - run.without_any(label)) for label in (1, 0)]
    assert f"{some[0]} of the {bound} have a site of a motif, and {some[1]} of the {unbound}." in below
    low, high = run.metrics["auroc_interval"]
    assert any(f"AUROC {run.metrics['auroc']:.3f} (95% interval {low:.3f} to {high:.3f})" in each for each in below)
    if could := run.metrics["could_show"]:
        seen = f"in {share(could['share'])} of the bound sequences ({share(could['unbound_share'])} of unbound ones)"
        assert any(seen in each for each in below)
    if run.audit is not None:
        assert run.audit["headline"] in below


def check_table(run: Run) -> None:
    """The table of motifs, cell by cell."""
    for line, motif in zip(
        run.page.only("table", of="motifs").only("tbody").every("tr"), run.motifs.index, strict=True
    ):
        row = run.motifs.loc[motif]
        cells = [each.text() for each in line.every("td")]
        counts = [run.carriers(motif, label) for label in (1, 0)]
        for cell, n, of in zip(cells[1:3], counts, (run.bound, run.unbound), strict=True):
            assert cell == f"{share(n / of)} {n:,} of {of:,}"
        fold = times(counts[0] / run.bound / (counts[1] / run.unbound)) if counts[1] else ""
        assert cells[3] == f"×{fold}" or not fold
        assert cells[4] == small(row["e_value"])
        assert line.only("th").text() == f"{motif} {run.name(motif)}"


def check_cards(run: Run) -> None:
    """The card of each motif, sentence by sentence."""
    bound, unbound = run.words
    for motif, row in run.motifs.iterrows():
        card = run.page.only("article", id=motif)
        about = " ".join(each.text() for each in card.every("p", of="about"))
        of_matrix = f"{row['width']} bp, {row['information_bits']:.1f} bits; the matrix is counted from "
        assert about.startswith(f"{of_matrix}{row['n_sites']:,} sites of training and validation {bound}")
        if isinstance(row["best_match"], str):
            told = f"q = {small(row['match_q'])}, E = {small(row['match_e'])}"
            assert told in about.replace(" ,", ",")
            assert f"{row['family_size']:,.0f} matri" in about or not row["family_size"] > 0
        facts = [each.text() for each in card.only("dl", of="facts").every("dd")]
        assert [each.text().lower() for each in card.only("dl", of="facts").every("dt")][:2] == [
            f"{who} with it" for who in (bound, unbound)
        ]
        counts = [run.carriers(motif, label) for label in (1, 0)]
        told = f"{share(counts[0] / run.bound)} · {counts[0]:,} of {run.bound:,}, {run.bed[motif]:,} sites"
        assert facts[0] == told
        assert facts[1].startswith(f"{share(counts[1] / run.unbound)} · {counts[1]:,} of {run.unbound:,}")
        if counts[1]:
            fewer = times(counts[0] / run.bound / (counts[1] / run.unbound))
            assert facts[1].endswith(f", {fewer}-fold fewer")
        tested = re.sub(r" (?=,)", "", facts[2])
        assert tested.startswith(f"E = {small(row['e_value'])}, P = {small(row['p_value'])}")
        assert ("not proven" in tested) == (row["e_value"] >= 0.05)
        if run.one_length:
            assert facts[3] == run.position(motif)
        effect = f"effect {row['effect']:+.2f}".replace("-", "−")
        assert facts[4] == effect + (f", needed in {share(row['necessity'])}" if row["necessity"] >= 0 else "")
        assert facts[5] == f"{row['auroc']:.3f}"
        check_matches(run, card, motif)
        if run.audit is not None:
            made = next(each for each in run.audit["motifs"] if each["motif_id"] == motif)
            opened = card.only("div", of="ticks").every("details")
            ticks = [re.sub(r" (?=[.,;)])", "", plain(each.only("p").text())) for each in opened]
            assert ticks == [re.sub(r" (?=[.,;)])", "", each["text"]) for each in made["checks"]]
            said = [re.sub(r" (?=[.,;)])", "", plain(each.text())) for each in card.every("p", of="doubts")]
            doubts = [f"Doubtful: {'; '.join(made['doubts'])}."] if made["doubts"] else []
            assert said == doubts + ([f"Note: {'; '.join(made['notes'])}."] if made["notes"] else [])


def check_matches(run: Run, card: Element, motif: str) -> None:
    own = run.matches[run.matches["motif_id"] == motif] if run.matches.size else run.matches
    lines = card.only("table", of="details").every("tr")[2:] if len(own) else []
    assert len(lines) == len(own)
    for line, (_, match) in zip(lines, own.iterrows(), strict=True):
        likeness, p, q = [each.text() for each in line.every("td")][1:]
        assert (likeness, p, q) == (f"{match['likeness']:.2f}", small(match["p"]), small(match["q"]))
        assert line.only("th").text().startswith(match["target_name"])


def check_pairs(run: Run) -> None:
    """Every pair in numbers, the map of factors, and the drawings."""
    n = len(run.pairs)
    lines = run.page.only("table", of="pairs-all").only("tbody").every("tr")
    several = run.peaks[(run.peaks["label"] == 1)]
    drawn = 0
    for line, (_, pair) in zip(lines, run.pairs.iterrows(), strict=True):
        a, b = pair["motif_a"], pair["motif_b"]
        assert pair["both"] <= ((several[a] > 0) & (several[b] > 0)).sum()
        assert pair["first"] <= (several[a] > 0).sum()
        assert pair["factor"] == pytest.approx(pair["both"] / pair["expected"], rel=1e-5)
        assert pair["factor_low"] <= pair["factor"] <= pair["factor_high"]
        for name in ("p_both", "p_spacing"):
            if pair[name] == pair[name]:
                assert pair[f"{name}_corrected"] == pytest.approx(min(1.0, n * pair[name]), rel=1e-5)
        factor = f"×{pair['factor']:.2f} ({pair['factor_low']:.2f}–{pair['factor_high']:.2f})"
        cells = [each.text() for each in line.every("td")]
        assert cells[:3] == [f"{pair['both']:,}", f"{pair['expected']:.1f}", factor]
        assert cells[3] == f"×{pair['expected_either'] / pair['expected']:.2f}"
        assert cells[4] == small(pair["p_both_corrected"])
        seen = run.spacings[(run.spacings["motif_a"] == a) & (run.spacings["motif_b"] == b)]
        if pair["with_spacing"]:
            at = seen[(seen["gap"] == pair["spacing"]) & (seen["order"] == pair["order"])].iloc[0]
            assert at["observed"] == pair["with_spacing"]
            assert seen["observed"].sum() <= pair["both"]
            assert seen["expected"].sum() == pytest.approx(seen["observed"].sum(), rel=1e-3)
            assert cells[5].endswith(f": {pair['with_spacing']}")
            assert cells[6] == small(pair["p_spacing_corrected"])
        if pair["p_both_corrected"] < 0.05 or pair["p_spacing_corrected"] < 0.05:
            drawn += 1
    pictures = [each.text() for each in run.page.every("figcaption") if " have both, " in each.text()]
    assert len(pictures) == min(drawn, 8)
    both = Counter(f"{pair['both']:,}" for _, pair in run.pairs.iterrows())
    assert all(re.search(r": ([\d,]+) (?:peaks|bound sequences) have both", text)[1] in both for text in pictures)
    cells = [each.text() for each in run.page.only("table", of="pairs-map").every("td") if each.text()]
    assert Counter(cells) == Counter(f"×{factor:.2f}" for factor in run.pairs["factor"])


def check_positions(run: Run) -> None:
    """Where sites are, and how many a sequence has."""
    captions = [each.text() for each in run.page.every("figcaption") if "of the centre" in each.text()]
    assert [re.sub(r"^.*?(half of)", r"\1", each) for each in captions] == [run.position(m) for m in run.motifs.index]
    none = [share(run.without_any(label)) for label in (1, 0)]
    assert f"Without any: {none[0]} of the {run.words[0]}, {none[1]} of the {run.words[1]}." in run.page.text()
    titles = re.findall(r"(≥ )?(\d+) sites: ([\d.]+)% of (bound|unbound) sequences", run.page.text(without=()))
    assert titles
    for more, n, percent, side in titles:
        own = run.peaks.loc[run.peaks["label"] == (side == "bound"), [*run.motifs.index]].sum(axis=1)
        found = (own >= int(n)) if more else (own == int(n))
        assert percent == f"{100 * found.mean():.1f}"


def check_method(run: Run) -> None:
    """What is folded: figures of the run, candidates that are not reported, words."""
    method = run.page.only("details", id="method")
    figures = {each.only("dt").text(): each.only("dd").text() for each in method.only("dl", of="figures").every("div")}
    m, data = run.metrics, run.info["data"]
    sides = run.peaks["split"].value_counts()
    assert figures["Test AUROC"].startswith(f"{m['auroc']:.3f}")
    assert figures["Test AUPRC"].startswith(f"{m['auprc']:.3f}")
    assert figures["Sequences"].startswith(f"{len(run.peaks):,} {run.bound:,} bound, {run.unbound:,} unbound")
    assert figures["Density δ"].startswith(f"{100 * m['density']:.3g}% ")
    assert figures["Sites per sequence"].startswith(f"{m['sites_per_sequence']:.2f}")
    lines = [line for kept in method.every("table", of="details") for line in kept.every("tr")]
    rows = {line.only("th").text(): line.only("td").text() for line in lines if line.every("th", scope="row")}
    for title, side in (("Training sequences", "train"), ("Validation", "validation"), ("Test", "test")):
        assert rows[title] == f"{sides[side]:,}" == f"{data[f'n_{side}']:,}"
    said = method.only("p", id="methods-text").text()
    assert f"{run.bound:,} bound sequences were compared with {run.unbound:,} others" in said
    assert f"{sides['train']:,} sequences were used for training, {sides['validation']:,} to decide" in said
    findings = [each for each in method.every("table", of="wide") for each in each.only("tbody").every("tr")]
    told = [[line.only("th").text(), *(each.text() for each in line.every("td"))] for line in findings]
    assert told == [[*each.values()] for each in (run.audit or {}).get("findings", [])]
    rejected = run.page.only("details", id="rejected")
    lines = [line for kept in rejected.every("table", of="rejected") for line in kept.only("tbody").every("tr")]
    reasons = {(line.only("th").text(), line.every("td")[-1].text()) for line in lines}
    assert reasons == {(each["consensus"], each["reason"]) for each in m["dropped"] if each["consensus"]}
    words = rejected.only("table", of="seeds").only("tbody").every("tr")
    for line, seed in zip(words, m["seeds"], strict=True):
        cells = [each.text() for each in line.every("td")]
        assert cells[:2] == [f"{seed['bound_with_word']:,}", f"{seed['unbound_with_word']:,}"]
        assert cells[2] == small(10.0 ** seed["log10_e"])
        assert cells[-1] == seed["became"]


def check_browser(run: Run) -> None:
    """What the peak browser holds: sites of each motif, lengths, predictions."""
    held = json.loads(run.page.only("script", id="peaks-data").inside[0])
    bound = run.peaks[run.peaks["label"] == 1]

    def column(packed: dict[str, object]) -> np.ndarray:
        bits, raw = packed["bits"], base64.b64decode(packed["data"])
        if bits >= 8:
            return np.frombuffer(raw, dtype=f"<u{bits // 8}").astype(int)
        each = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little").reshape(-1, bits)
        return (each * 2 ** np.arange(bits)).sum(axis=1)[: packed["n"]]

    columns = {name: column(packed) for name, packed in held["columns"].items()}
    assert columns["length"].tolist() == bound["length"].tolist()
    of = np.repeat(np.arange(len(bound)), columns["count"])
    for i, motif in enumerate(run.motifs.index):
        number = np.bincount(of[columns["site_motif"] == i], minlength=len(bound))
        assert number.tolist() == bound[motif].tolist()
        own = run.in_bound(motif)
        assert held["motifs"][i]["highest"] == pytest.approx(own["score"].max(), abs=1e-4)
        assert (columns["site_start"][columns["site_motif"] == i]).sum() == own["start"].sum()
        without = columns["site_without"][columns["site_motif"] == i] / 65_535
        assert sorted(without) == pytest.approx(sorted(own["prediction_without"]), abs=1e-4)
    assert column(held["predicted"][0]["values"]) / 65_535 == pytest.approx(bound["prediction"].to_numpy(), abs=1e-4)
    assert f"All {run.bound:,} {run.words[0]}, of all sides" in run.page.only("section", id="peaks").text()


def check_json(run: Run) -> None:
    """The figures for programs are those of the tables."""
    told = json.loads(run.page.only("script", id="figures").inside[0])
    assert told["run"] == run.info
    assert told["headline"]["sentence"] == plain(run.page.only("h1").text())
    for motif, (name, row) in zip(told["motifs"], run.motifs.iterrows(), strict=True):
        assert motif["motif_id"] == name
        for column, value in row.items():
            if isinstance(value, int | float) and value == value and column != "channels":
                assert motif[column] == pytest.approx(value, rel=1e-5), column
    for pair, (_, row) in zip(told["pairs"], run.pairs.iterrows(), strict=True):
        assert [float(pair[name]) for name in ("both", "expected", "p_both")] == [*row[["both", "expected", "p_both"]]]


CHECKS = (
    check_columns,
    check_sentence,
    check_table,
    check_cards,
    check_pairs,
    check_positions,
    check_method,
    check_browser,
    check_json,
)


def audit_of(run: Path) -> dict[str, object]:
    """Checks of its motifs, the second of which is doubtful."""
    check = {"name": "held-out", "state": "holds", "text": "160 bound, 4 unbound; E = 2.1e-80.", "doubts": []}
    motifs = [
        {"motif_id": motif, "doubts": ["weak"] if i == 1 else [], "notes": [], "checks": [check]}
        for i, motif in enumerate(table(run / "motifs.tsv")["motif_id"])
    ]
    return {"headline": f"{len(motifs) - 1} of {len(motifs)} motifs can be trusted.", "findings": [], "motifs": motifs}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A made-up search with seven motifs, names and checks."""
    case = replace(next(each for each in CASES if each.name == "eight"), name="made", motifs=7, bound=600, unbound=500)
    folder = write_case(tmp_path_factory.mktemp("numbers"), case)
    (folder / "audit.json").write_text(json.dumps(audit_of(folder)))
    write_report(folder)
    return Run(folder)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_numbers_of_a_made_run(made: Run, check) -> None:
    check(made)


@pytest.mark.slow
def test_numbers_of_gabpa(shared_data: Path, tmp_path: Path) -> None:
    peaks = shared_data / "tf_chip" / "GABPA_GM12878_encode_101bp.fa.gz"
    database = shared_data / "motifs" / "jaspar2024_core_nonredundant.meme.gz"
    folder = RunFolder(tmp_path / "run")
    config = MotifConfig.of({"fasta": peaks, "db": database, "device": "cpu"})
    folder.start(config)
    train_and_check(prepare(config), folder, "sparling motifs train")
    run = Run(folder.path)
    for check in (*CHECKS, check_fitted):
        check(run)
