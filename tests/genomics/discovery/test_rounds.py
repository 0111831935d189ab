"""Rounds: a rare motif is found once the common one is gone; when rounds end; a killed run ends like any other."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from sparling.errors import Interrupted
from sparling_genomics.discovery import detectors, rounds
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.rounds import MARGIN, discover
from sparling_genomics.letters.alphabet import RNA, decode, encode, reverse_complement
from sparling_genomics.letters.likeness import alike, similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import Impatient, activations, dataset
from tests.genomics.sequences import fasta

COMMON, RARE = consensus_motif("COMMON", "GTCACGTGAC"), consensus_motif("RARE", "AACTTAGCAC")
SMALL = {
    "bases_an_evaluation": 80_000,
    "initial_density": 0.06,
    "factor": 0.4,
    "patience": 1,
    "look_ahead": 0,
    "filters": 8,
    "width": 11,
    "motifs": 4,
    "rounds": 2,
    "device": "cpu",
}
FILES = ("motifs.meme", "motifs.tsv", "sites.bed", "sites.tsv.gz", "model/model.safetensors", "model/config.json")


@pytest.fixture(scope="module", autouse=True)
def short():
    """The last training sees 6000 sequences at the full rate, 4000 while it falls."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("STEADY", 3), ("SETTLE", 2)):
            patch.setattr(detectors, name, value)
        yield


def planted(path, n=800, share=0.1):
    """COMMON in each sequence of 40 letters, RARE besides in ``share`` of them, on either strand."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (n, 40)).astype(np.uint8)
    for i, row in enumerate(codes):
        for word, first, here in ((COMMON, 0, True), (RARE, 20, i < share * n)):
            if here:
                start, letters = first + rng.integers(0, 11), encode(word.consensus())
                row[start : start + 10] = letters if rng.random() < 0.5 else reverse_complement(letters)
    return fasta(path, [decode(row) for row in codes[rng.permutation(n)]])


def run(path, out, watch=None, resume=False, **options):
    config = MotifConfig.of({"fasta": path} | SMALL | options)
    folder = RunFolder(out)
    if not resume:
        folder.start(config)
    return train_motifs(prepare(config), folder, "test", watch, resume=resume)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """An uninterrupted run: its folder, its outcome, and the stages of its training."""
    folder, stages = tmp_path_factory.mktemp("first"), []
    outcome = run(planted(folder / "peaks.fa"), folder / "run", lambda stage, *_: stages.append(stage))
    return folder / "run", outcome, stages


# What is found


def test_a_rare_motif_is_found_once_the_common_one_is_gone(first):
    _, outcome, stages = first
    one, other = outcome.provenance.rounds
    assert [similarity(motif.pwm, COMMON).correlation > 0.9 for motif in one.motifs] == [True]
    assert [similarity(motif.pwm, RARE).correlation > 0.9 for motif in other.motifs] == [True]
    assert not any(alike(a.pwm, b.pwm) for a in one.motifs for b in other.motifs)
    assert all(any(alike(known.pwm, motif.pwm) for motif in one.motifs) for known in other.known)
    titles = ["Round 1 of at most 2", "Round 2 of at most 2", "One network for all motifs"]
    assert [stage.title for stage in stages] == titles


def test_how_much_training_follows_is_known_before(first):
    folder, outcome, (one, two, last) = first
    lines = (folder / "rounds" / "all" / "metrics.jsonl").read_text().splitlines()
    ends = json.loads(lines[-1])["samples"]
    for stage, follows in ((one, outcome.provenance.rounds[1].progress.samples + ends), (two, ends), (last, 0)):
        least, most = stage.later
        assert least == most
        assert 0.8 * follows <= most <= follows


def test_both_are_reported_with_about_as_many_sites_as_were_planted(first):
    folder, outcome, _ = first
    assert [motif.pwm.name for motif in outcome.found.motifs] == ["M1", "M2"]
    for motif, planted_one, n in zip(outcome.found.motifs, (COMMON, RARE), (800, 80), strict=True):
        assert similarity(motif.pwm, planted_one, whole=True).correlation > 0.9
        bound = motif.sites.sequence[outcome.provenance.data.labels[motif.sites.sequence] == 1]
        assert 0.8 * n < len(set(bound.tolist())) < 1.2 * n
    assert outcome.measured.auroc > 0.95
    metrics = json.loads((folder / "run.json").read_text())["metrics"]
    assert [len(each["found"]) for each in metrics["rounds"]] == [1, 1]
    assert metrics["samples"] == sum(each.progress.samples for each in outcome.provenance.rounds)


def test_what_was_found_is_gone_from_what_is_left(first):
    _, outcome, _ = first
    data = prepare(MotifConfig.read(first[0] / "config.toml")).data
    found = outcome.provenance.rounds[0].motifs
    left = rounds._without(SimpleNamespace(data=data, config=SimpleNamespace(seed=0)), found)
    word = encode(COMMON.consensus())

    def n_words(given):
        both = [
            np.lib.stride_tricks.sliding_window_view(given.codes, 10) == w for w in (word, reverse_complement(word))
        ]
        return sum(int(each.all(1).sum()) for each in both)

    assert n_words(data) >= 800
    assert n_words(left) < 0.1 * n_words(data)


# Killed and resumed


def killer(where):
    """Watches trainings; kills the one with the title ``where`` in the middle of its third evaluation period."""

    return lambda stage, *_: Impatient(2, 500) if stage.title == where else None


def test_killed_in_round_two_and_again_in_the_last_training_ends_in_the_same_bytes(first, tmp_path):
    path = planted(tmp_path / "peaks.fa")
    with pytest.raises(Interrupted):
        run(path, tmp_path / "run", killer("Round 2 of at most 2"))
    assert (tmp_path / "run" / "rounds" / "2" / "checkpoint").exists()
    assert not (tmp_path / "run" / "rounds" / "all").exists()
    with pytest.raises(Interrupted):
        run(path, tmp_path / "run", killer("One network for all motifs"), resume=True)
    assert not (tmp_path / "run" / "run.json").exists()
    run(path, tmp_path / "run", resume=True)
    for name in FILES:
        assert (tmp_path / "run" / name).read_bytes() == (first[0] / name).read_bytes(), name
    for name in ("metrics.jsonl", "rounds/2/metrics.jsonl", "rounds/all/metrics.jsonl"):
        here, there = ((folder / name).read_text().splitlines() for folder in (tmp_path / "run", first[0]))
        assert [_figures(line) for line in here] == [_figures(line) for line in there], name


def _figures(line):
    return {name: value for name, value in json.loads(line).items() if name != "seconds"}


# Other inputs


def ragged(path, word, length, n, rng, letters="ACGT"):
    """n sequences of 30 letters to ``length``, each with ``word`` somewhere unless it is empty."""
    words = []
    for _ in range(n):
        text = "".join(rng.choice(list(letters), int(rng.integers(30, length + 1))))
        start = int(rng.integers(0, len(text) - len(word) + 1))
        words.append(text[:start] + word + text[start + len(word) :])
    return fasta(path, words, f"{path.stem}{{i}}")


def test_given_negatives_of_other_lengths_with_as_many_sites_as_asked_for(tmp_path):
    rng = np.random.default_rng(0)
    peaks = ragged(tmp_path / "peaks.fa", COMMON.consensus(), 60, 300, rng)
    others = ragged(tmp_path / "others.fa", "", 45, 300, rng)
    outcome = run(peaks, tmp_path / "run", negatives=others, rounds=1, sites_per_seq=1.0)
    assert [similarity(motif.pwm, COMMON).correlation > 0.9 for motif in outcome.found.motifs] == [True]
    assert len(outcome.provenance.data) == len(outcome.provenance.given) == 600
    bound = (outcome.provenance.data.labels == 1) & (outcome.provenance.data.split != 2)
    n_sites = int(bound[outcome.found.motifs[0].sites.sequence].sum())
    assert 0.8 * bound.sum() < n_sites < 1.02 * bound.sum()  # as near as sites of equal scores allow


def test_rna_with_one_motif_in_next_to_no_time(tmp_path):
    rng = np.random.default_rng(0)
    peaks = ragged(tmp_path / "clip.fa", "UGUAUAUA", 50, 300, rng, RNA.letters)
    others = ragged(tmp_path / "others.fa", "", 50, 300, rng, RNA.letters)
    options = {"negatives": others, "alphabet": "rna", "motifs": 1, "initial_density": 0.02}
    outcome = run(peaks, tmp_path / "run", **options, max_minutes=1e-4)
    assert [each.progress.stop_reason for each in outcome.provenance.rounds] == ["time budget"]
    assert outcome.provenance.rounds[0].progress.step == 2  # one evaluation, and one to settle
    assert len(outcome.found.motifs) <= 1


# When rounds end


def fake_search(most, max_minutes=None):
    return SimpleNamespace(config=SimpleNamespace(rounds=most, max_minutes=max_minutes, seed=0))


def discovered(monkeypatch, search, found, seconds=60.0):
    """The rounds, and (number, minutes, what is taken out, what is known) of each; round i finds ``found[i]``."""
    calls = []

    def one(search, number, minutes, left, before, resume):
        calls.append((number, minutes, left, list(before)))
        new, again = found[number - 1]
        return SimpleNamespace(motifs=new, known=again, progress=SimpleNamespace(seconds=seconds))

    monkeypatch.setattr(rounds, "_round", one)
    monkeypatch.setattr(rounds, "_without", lambda search, motifs: list(motifs))
    return len(discover(search, resume=False)), calls


def test_rounds_end_when_two_in_a_row_find_nothing_new(monkeypatch):
    found = [(["a", "b"], []), ([], []), (["c"], ["a"]), ([], ["b"]), ([], []), (["d"], [])]
    n, calls = discovered(monkeypatch, fake_search(9), found)
    assert n == 5
    assert [call[2] for call in calls] == [[], ["a", "b"], ["a", "b"], ["a", "b", "c", "a"], ["a", "b", "c", "a", "b"]]
    assert [call[3] for call in calls] == [[], ["a", "b"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c"]]
    assert [call[:2] for call in calls] == [(number, None) for number in range(1, 6)]


def test_where_there_is_nothing_there_are_two_rounds(monkeypatch):
    assert discovered(monkeypatch, fake_search(9), [([], [])] * 9)[0] == 2


@pytest.mark.parametrize("most", [1, 2, 3])
def test_there_are_no_more_rounds_than_asked_for(monkeypatch, most):
    assert discovered(monkeypatch, fake_search(most), [(["a"], [])] * 5)[0] == most


@pytest.mark.parametrize(
    ("spent", "expected"), [(300.0, [5.0, 2.5]), (60.0, [5.0, 4.5, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0]), (900.0, [5.0])]
)
def test_each_round_may_take_half_of_the_time_that_is_left_and_none_less_than_a_tenth(monkeypatch, spent, expected):
    _, calls = discovered(monkeypatch, fake_search(20, max_minutes=10.0), [(["a"], [])] * 20, spent)
    assert [call[1] for call in calls] == pytest.approx(expected)


# What is taken out


def without(data, *motifs):
    left = rounds._without(SimpleNamespace(data=data, config=SimpleNamespace(seed=0)), motifs)
    return [decode(left.sequence(i)) for i in range(len(left))]


def test_sites_go_with_a_margin_within_their_sequence():
    data = dataset(["A" * 20, "C" * 20, "G" * 10])
    pwm = Pwm("word", np.eye(4), 1)
    rows = [(0, 0, 10, False, 1.0), (1, 0, 2, True, 1.0), (2, 0, 8, False, 1.0), (3, 0, 5, False, 1.0)]
    # column 0 lies one before the position; 3 stands for a shuffled copy behind the data
    assert MARGIN == 4
    assert without(data, Motif(pwm, (0,), activations(rows), -1)) == [
        "A" * 5 + "N" * 12 + "A" * 3,
        "N" * 8 + "C" * 12,
        "GGGNNNNNNN",
    ]
    assert without(data) == ["A" * 20, "C" * 20, "G" * 10]
