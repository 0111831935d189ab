"""Windows of sites and decoys: read without a fault, compared by words of 40, and motifs counted where they stand."""

import dataclasses
import re

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling.training.session import Session
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.core_sites.maxent import read_maxent
from sparling_genomics.splicing.decoys import overlap
from sparling_genomics.splicing.decoys.core import fit_core_logit, site_scores
from sparling_genomics.splicing.decoys.marks import as_transcripts, read_marks, silence
from sparling_genomics.splicing.decoys.network import BinnedReadout, WindowNetwork, bin_edges, window_model
from sparling_genomics.splicing.decoys.overlap import LENGTH, overlapping
from sparling_genomics.splicing.decoys.page import draw_flanks, draw_places, smoothed
from sparling_genomics.splicing.decoys.reading import ACCEPTOR, DONOR, read_windows, within
from sparling_genomics.splicing.decoys.task import CORE, KIND, LABEL, WindowFigures, WindowTask, figures
from sparling_genomics.splicing.decoys.words import Places, Seen, flanks_of, measured, tract_of
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.runs.reading import Marks, Silenced
from sparling_genomics.splicing.runs.words import REACH, Word, channel_words
from sparling_genomics.tasks.ranking import area_under_roc
from tests.genomics.splicing.made_windows import HALF, made_windows


@pytest.fixture(scope="module")
def fasta(tmp_path_factory):
    return made_windows(tmp_path_factory.mktemp("windows") / "windows.fa")


@pytest.fixture(scope="module")
def windows(fasta):
    return read_windows(fasta, None, 150, 0).windows


@pytest.fixture
def untrained(windows):
    torch.manual_seed(0)
    task = WindowTask(within(windows, TRAIN), within(windows, VALIDATION), 0)
    session = Session(window_model(WindowNetwork(reach=HALF, channels=4), 0.05), task, "cpu")
    session.calibrate()
    return session, task


def test_windows_meet_at_the_site(windows):
    assert (len(windows), windows.reach) == (400, HALF)
    donors, acceptors = (windows.codes[windows.kinds == kind] for kind in (DONOR, ACCEPTOR))
    assert {decode(own[HALF : HALF + 2]) for own in donors} == {"GT"}
    assert {decode(own[HALF - 2 : HALF]) for own in acceptors} == {"AG"}
    assert [windows.count(TEST, DONOR, label) for label in (0, 1)] == [20, 20]
    assert windows.count(TRAIN, DONOR, 1) + windows.count(VALIDATION, DONOR, 1) == 80


def test_windows_are_cut_around_the_site_wherever_it_is(fasta, tmp_path):
    whole = read_windows(fasta, None, HALF, 0)
    moved = tmp_path / "moved.fa"
    moved.write_text(re.sub(r"(?m)^([ACGT]+)$", r"ACGTAC\1", fasta.read_text()))
    again = read_windows(moved, None, HALF, 0)
    assert (again.windows.codes == whole.windows.codes).all()
    short = read_windows(fasta, None, 25, 0)
    assert (short.windows.codes == whole.windows.codes[:, HALF - 25 : HALF + 25]).all()
    assert not any("letters to one side" in sentence for sentence in short.noticed)
    assert any("Windows have 40 letters to one side" in each for each in read_windows(fasta, None, 41, 0).noticed)


def test_a_table_says_what_headers_would(fasta, tmp_path, windows):
    plain = made_windows(tmp_path / "plain.fa", words=False)
    table = tmp_path / "windows.tsv"
    rows = [re.sub(r"\S+=", "", line[1:]).split() for line in fasta.read_text().splitlines() if line.startswith(">")]
    table.write_text("\n".join(["name\tsite\tlabel\tsplit", *("\t".join(row) for row in reversed(rows))]) + "\n")
    again = read_windows(plain, table, 150, 0).windows
    for name in ("codes", "kinds", "labels", "sides"):
        assert (getattr(again, name) == getattr(windows, name)).all()


def test_sides_are_drawn_where_none_are_said(tmp_path):
    path = made_windows(tmp_path / "windows.fa", split=False)
    sides = read_windows(path, None, 150, 0).windows.sides
    assert 0.12 < (sides == TEST).mean() < 0.28
    assert 0.04 < (sides == VALIDATION).mean() < 0.13
    assert (sides != read_windows(path, None, 150, 1).windows.sides).any()
    assert (sides == read_windows(path, None, 150, 0).windows.sides).all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("site=donor ", "", "window 'donor_1_0' has no site; expected site=donor or acceptor, {}:1"),
        (" label=1", "", "window 'donor_1_0' has no label; expected label=0 or 1, {}:1"),
        ("site=donor", "site=intron", "site must be donor or acceptor, got 'intron', {}:1"),
        ("label=1", "label=yes", "label must be 0 or 1, got 'yes', {}:1"),
        ("split=test", "split=dev", "split must be train or validation or test, got 'dev', {}:1"),
        (" split=test", "", "a window without split, while others have one, {}:1"),
    ],
)
def test_faults_of_headers_are_said(fasta, tmp_path, old, new, message):
    path = tmp_path / "faulty.fa"
    path.write_text(fasta.read_text().replace(old, new, 1))
    with pytest.raises(InputError) as error:
        read_windows(path, None, 150, 0)
    assert str(error.value) == message.format(path)


def test_faults_of_windows_are_said(fasta, tmp_path):
    path = tmp_path / "faulty.fa"
    lines = fasta.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], lines[3] + "A", *lines[4:]]))
    with pytest.raises(InputError, match=r"'donor_1_1' has 81 letters, the first 80; all must have as many, .*:3$"):
        read_windows(path, None, 150, 0)
    path.write_text("\n".join([*lines[:3], lines[3][:HALF] + "GC" + lines[3][HALF + 2 :], *lines[4:]]))
    with pytest.raises(
        InputError, match=r"'donor_1_1' has GC at letters 41 and 42, where .* donor windows have GT; .*:3$"
    ):
        read_windows(path, None, 150, 0)
    path.write_text("\n".join(line[22:58] if not line.startswith(">") else line for line in lines))
    with pytest.raises(InputError, match=r"windows have 18 letters to one side of their sites; 20 are the fewest"):
        read_windows(path, None, 150, 0)
    path.write_text("\n".join("A" if not line.startswith(">") else line for line in lines))
    with pytest.raises(InputError, match=r"windows of 1 letters are too short, .*:1$"):
        read_windows(path, None, 150, 0)
    made_windows(path, 40)
    with pytest.raises(InputError, match=r"^\d+ decoy donor windows on the training side of .*, 50 are the fewest$"):
        read_windows(path, None, 150, 0)
    made_windows(path, 80)
    path.write_text(path.read_text().replace("split=test", "split=validation"))
    with pytest.raises(InputError, match=r"^0 decoy donor windows on the test side of .*, 1 is the fewest$"):
        read_windows(path, None, 150, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty file, expected a table of windows, {}:1"),
        ("name\tlabel\n", "the table lacks the column site; name, site, label, split, {}:1"),
        ("name\tsite\tlabel\nx\tdonor\n", "2 columns, expected 3, {}:2"),
        ("name\tsite\tlabel\nx\tdonor\t1\nx\tdonor\t1\n", "window 'x' stands twice in the table, {}:3"),
        ("name\tsite\tlabel\nx\tdonor\t2\n", "label must be 0 or 1, got '2', {}:2"),
    ],
)
def test_faults_of_a_table_are_said(fasta, tmp_path, text, message):
    table = tmp_path / "windows.tsv"
    table.write_text(text)
    with pytest.raises(InputError) as error:
        read_windows(fasta, table, 150, 0)
    assert str(error.value) == message.format(table)


def test_a_table_of_other_windows_is_said(fasta, tmp_path):
    table = tmp_path / "windows.tsv"
    names = [line.split()[0][1:] for line in fasta.read_text().splitlines() if line.startswith(">")]
    table.write_text("\n".join(["name\tsite\tlabel", *(f"{name}\tdonor\t1" for name in names[1:])]))
    with pytest.raises(InputError, match=rf"window 'donor_1_0' is not in the table .*, {fasta}:1$"):
        read_windows(fasta, table, 150, 0)
    table.write_text("\n".join(["name\tsite\tlabel", *(f"{name}\tdonor\t1" for name in [*names, "other"])]))
    with pytest.raises(InputError, match=rf"window 'other' is not in .*, {table}:402$"):
        read_windows(fasta, table, 150, 0)


def test_overlaps_are_those_of_the_words_as_text(monkeypatch):
    rng = np.random.default_rng(0)
    windows, others = (rng.integers(0, 4, (30, 90)).astype(np.uint8) for _ in range(2))
    windows[3, 10:50] = others[4, 30:70]
    windows[5, 10:49] = others[4, 30:69]
    windows[7, 50:90] = reverse_complement(others[29, 0:40])
    windows[9, 0:41] = others[11, 20:61]
    windows[9, 20] = others[11, 40] = 4

    def words(codes):
        text = decode(codes)
        return {text[i : i + LENGTH] for i in range(len(text) - LENGTH + 1) if "N" not in text[i : i + LENGTH]}

    known = set().union(*(words(strand) for each in others for strand in (each, reverse_complement(each))))
    expected = [bool(words(each) & known) for each in windows]
    assert np.flatnonzero(expected).tolist() == [3, 7]
    assert overlapping(windows, others).tolist() == expected
    monkeypatch.setattr(overlap, "_AT_ONCE", 3)
    assert overlapping(windows, others).tolist() == expected
    assert not overlapping(windows, others[:0]).any()
    assert not overlapping(windows[:, : LENGTH - 1], windows[:, : LENGTH - 1]).any()
    assert overlapping(windows, windows).all()


def test_bins_hold_each_place_once():
    for reach in (20, 26, 70, 150, 400):
        edges = bin_edges(reach)
        assert (edges[0], edges[-1]) == (0, 2 * reach)
        assert (np.diff(edges) > 0).all()
        assert np.diff(edges).tolist() == np.diff(edges)[::-1].tolist()
        sums = BinnedReadout(WindowNetwork(reach=reach)).bins.sum(1)
        assert (sums == 1).all()


def test_each_window_is_judged_by_the_output_of_its_kind():
    output = torch.tensor([[3.0, -9.0], [-1.0, 9.0], [9.0, -2.0], [-9.0, 1.0]])
    target = torch.tensor([[1.0, 0, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert figures(output, target) == (1.0, 0.0)
    target[2, CORE] = 4.0
    assert figures(output, target) == (1.0, 1.0)
    assert np.isnan(figures(output[:2], target[:2]).acceptor)
    assert figures(output[:2], target[:2]).mean == 1.0


def test_epochs_follow_from_the_seed_and_hide_letters(windows):
    train = within(windows, TRAIN)
    task = WindowTask(train, train, 3, letter_dropout=0.2)
    first, again, later = (list(task.training_batches(epoch)) for epoch in (0, 0, 1))
    assert all((a.x == b.x).all() and (a.y == b.y).all() for a, b in zip(first, again, strict=True))
    assert any((a.x != b.x).any() for a, b in zip(first, later, strict=True))
    assert 0.18 < float(torch.cat([(batch.x == 4).float() for batch in first]).mean()) < 0.22
    assert all((batch.x < 4).all() for batch in task.validation_batches())


def test_marks_are_those_of_each_window(untrained, windows):
    session, task = untrained
    test = within(windows, TEST)
    marks = read_marks(session, task.batches(test))
    along = as_transcripts(test)
    assert along.codes.shape == along.labels.shape == (len(test) * 2 * (HALF + REACH),)
    expected = set()
    for i in range(len(test)):
        (batch,) = task.batches(test.of(np.arange(len(test)) == i))
        active = session.forward(batch).activations[0]
        begin = i * 2 * (HALF + REACH) + REACH
        assert (along.codes[begin : begin + 2 * HALF] == test.codes[i]).all()
        assert (along.labels[begin - REACH : begin] == MASKED).all()
        expected |= {(int(c), int(begin + p)) for c, p in torch.nonzero(active)}
    assert set(zip(marks.channels.tolist(), marks.places.tolist(), strict=True)) == expected


def test_silencing_is_the_map_without_a_channel(untrained, windows):
    session, task = untrained
    batches = task.batches(within(windows, TEST))
    outputs, found = silence(session, batches, [(0, 2), (1,)])
    predicted = session.predict(batches)
    assert (outputs.outputs == predicted.outputs).all()
    assert found.whole == figures(predicted.outputs, predicted.targets)
    parts = []
    for batch in batches:
        seen = session.forward(batch).activations
        seen[:, [0, 2]] = 0
        parts.append(session.read(seen, batch))
    other = figures(torch.cat(parts).float(), predicted.targets)
    assert found.without[0, 2] == other
    assert found.change((0, 2)) == pytest.approx(
        (other.donor - found.whole.donor, other.acceptor - found.whole.acceptor)
    )


def test_the_core_is_the_score_of_each_site(shared_data, windows):
    tables = read_maxent(shared_data / "splicing" / "maxent_tables.npz")
    scores = site_scores(tables, windows)
    for i in (0, 150, 250, 399):
        text = decode(windows.codes[i])
        word = text[HALF - 3 : HALF + 6] if windows.kinds[i] == DONOR else text[HALF - 20 : HALF + 3]
        alone = tables.scores(encode(word))
        assert scores[i] == (alone.donor[2] if windows.kinds[i] == DONOR else alone.acceptor[20])
    core = fit_core_logit(scores, windows)
    assert all(slope > 0 for slope in core.slopes)
    fitted = core.of(scores, windows.kinds)
    chance = 1 / (1 + np.exp(-fitted))
    for kind in (DONOR, ACCEPTOR):
        own = windows.kinds == kind
        assert chance[own].mean() == pytest.approx(windows.labels[own].mean(), abs=0.02)
        assert area_under_roc(windows.labels[own], fitted[own]) > 0.9
    of_donors = windows.of(windows.kinds == DONOR)
    assert fit_core_logit(scores[windows.kinds == DONOR], of_donors).slopes[ACCEPTOR] == 0


def test_marks_are_counted_on_either_side_of_sites(windows):
    reach = windows.reach
    true_donors = np.flatnonzero((windows.kinds == DONOR) & (windows.labels == 1))
    decoys = np.flatnonzero((windows.kinds == ACCEPTOR) & (windows.labels == 0))
    # two in the exon's flank and one in the intron's of a true donor; one too near to the site; one before a decoy
    places = Places(np.array([*true_donors[[0, 1, 2, 2]], decoys[0]]), np.array([-reach, -13, 12, -10, -20]), width=5)
    flanks = flanks_of(places, windows)
    assert flanks.donor_true == pytest.approx(np.log2(3 / 2))
    assert flanks.donor_decoy == 0
    assert np.isnan(flanks.acceptor_true)  # 40 letters do not reach beyond the tract
    assert tract_of(places, windows) == -1
    wide = dataclasses.replace(windows, codes=np.pad(windows.codes, ((0, 0), (30, 30))))
    assert flanks_of(places, wide).acceptor_true == pytest.approx(np.log2(25 / 60))


def test_words_at_true_sites_become_motifs_with_their_places(windows):
    train, test = within(windows, TRAIN), within(windows, TEST)
    sides = []
    for side in (train, test):
        begins = np.arange(len(side)) * 2 * (HALF + REACH) + REACH
        donors = begins[(side.kinds == DONOR) & (side.labels == 1)] + HALF
        exons = begins[(side.kinds == ACCEPTOR) & (side.labels == 1)] + HALF + 17
        decoy = begins[(side.kinds == DONOR) & (side.labels == 0)][:5] + HALF
        sides.append(Marks(np.repeat([0, 1, 0], [len(donors), len(exons), 5]), np.concatenate([donors, exons, decoy])))
    words, left_out = channel_words(as_transcripts(train), sides[0], 3, 10)
    assert [word.pwm.consensus() for word in words] == ["CAGGTAAGT", "GAGAAG"]
    assert left_out == {"without marks": 1}
    whole = WindowFigures(0.9, 0.9)
    silenced = Silenced(whole, {(0,): WindowFigures(0.6, 0.9), (1,): WindowFigures(0.9, 0.8)})
    donor, exon = measured(words, Seen(train, sides[0]), Seen(test, sides[1]), silenced, silenced)
    assert (donor.pwm.name, exon.pwm.name) == ("M1", "M2")
    assert (donor.donor.place, donor.donor.decoys) == ((-2, 1.0), 0.25)
    assert (exon.acceptor.place, exon.acceptor.decoys) == ((15, 1.0), 0.0)
    assert donor.change == pytest.approx((-0.3, 0.0))
    assert exon.change == pytest.approx((0.0, -0.1))
    assert exon.marks == sum((train.kinds == ACCEPTOR) & (train.labels == 1))
    decoys, true = exon.profile[ACCEPTOR]
    assert (true.argmax(), true.max()) == (HALF + 15 + 3, 1.0)  # the middle of six letters
    assert true.sum() == 1
    assert decoys.sum() == 0


def test_a_motif_is_drawn_where_it_lies(windows):
    test = within(windows, TEST)
    silenced = Silenced(WindowFigures(0.9, 0.9), {(0,): WindowFigures(0.9, 0.9)})
    acceptors = np.flatnonzero((test.kinds == ACCEPTOR) & (test.labels == 1))
    places = acceptors * 2 * (HALF + REACH) + REACH + HALF + 20
    seen = Seen(test, Marks(np.zeros(len(places), dtype=np.int64), places))
    (motif,) = measured([Word(Pwm("w", np.eye(4), 20), (0,), (0,), 20)], seen, seen, silenced, silenced)
    at, means = smoothed(motif.profile[ACCEPTOR, 1])
    assert len(at) == len(means)
    assert means.max() == pytest.approx(1 / 5)
    assert abs(at[int(means.argmax())] - 22) <= 2.5
    picture = str(draw_places(motif, ACCEPTOR))
    assert picture.count("<path") == 2
    assert "20%" in picture
    flanks = str(draw_flanks(motif, 2.0))  # these windows end before the flank of an acceptor's intron begins
    assert flanks.count("<circle") == 2
    assert "acceptors" in flanks


def test_the_training_side_says_how_far_from_sites_a_word_stands(windows):
    train, test = within(windows, TRAIN), within(windows, TEST)
    word = Word(Pwm("w", np.eye(4), 20), (0,), (0,), 20)
    sides = []
    for side, offset in ((train, 4), (test, 7)):
        donors = np.flatnonzero((side.kinds == DONOR) & (side.labels == 1))
        places = donors * 2 * (HALF + REACH) + REACH + HALF - 1 + offset
        places[:1] += 4 - offset  # one of the test side stands where those of the training side do
        sides.append(Seen(side, Marks(np.zeros(len(places), dtype=np.int64), places)))
    silenced = Silenced(WindowFigures(0.9, 0.9), {(0,): WindowFigures(0.9, 0.9)})
    (motif,) = measured([word], *sides, silenced, silenced)
    assert motif.donor.place == (4, pytest.approx(1 / test.count(TEST, DONOR, 1)))


def test_nothing_is_measured_of_a_word_that_is_nowhere(windows):
    test = within(windows, TEST)
    word = Word(Pwm("w", np.eye(4), 20), (0,), (0,), 20)
    silenced = Silenced(WindowFigures(0.9, 0.9), {(0,): WindowFigures(0.9, 0.9)})
    nothing = Marks(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    (motif,) = measured([word], Seen(test, nothing), Seen(test, nothing), silenced, silenced)
    assert (motif.marks_per_100nt, motif.donor.place.share, motif.donor.decoys, motif.tract) == (0, 0, 0, 0)


def test_targets_hold_label_kind_and_core(windows):
    task = WindowTask(windows, windows, 0, letter_dropout=0)
    (batch, *_) = task.batches(windows, np.arange(len(windows), dtype=np.float32))
    assert (batch.y[:, LABEL].numpy() == windows.labels[: len(batch.y)]).all()
    assert (batch.y[:, KIND].numpy() == windows.kinds[: len(batch.y)]).all()
    assert (batch.y[:, CORE].numpy() == np.arange(len(batch.y))).all()
