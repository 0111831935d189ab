"""A network along sequences of any length: what it says of the whole, whatever the tiles."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import PAD, decode, encode
from sparling_genomics.splicing.calls.predictor import Marked, load_predictor
from sparling_genomics.splicing.network import splice_model
from sparling_genomics.splicing.windows import surrounded
from sparling_genomics.tasks.binary import network_input


def letters_of(made, n: int, start: int = 0) -> str:
    return decode(made.genome.codes("chr1", start, start + n))


def stretch(predictor, letters: str):
    codes = encode(letters)
    return surrounded(lambda start, end: codes[start:end], len(codes), 0, len(codes), predictor.context)


def in_one_piece(predictor, letters: str) -> np.ndarray:
    """What the network says of the letters alone, with no padding at all."""
    with torch.inference_mode():
        output = predictor.model(*network_input(torch.from_numpy(encode(letters))[None])).output
    return output[0].softmax(0)[1:].numpy()


def test_a_string_is_read_as_the_network_reads_it_in_one_piece(made):
    letters = letters_of(made, 700)
    found = made.predictor.probabilities(letters.lower().replace("t", "u"))
    assert found.shape == (2, 700)
    assert found.std() > 0.02
    np.testing.assert_allclose(found, in_one_piece(made.predictor, letters), atol=1e-5)


@pytest.mark.parametrize("tile", [1, 16, 100, 512, 8192])
def test_the_size_of_tiles_changes_nothing(made, tile):
    letters = letters_of(made, 700)
    other = replace(made.predictor, tile=tile)
    np.testing.assert_allclose(other.probabilities(letters), made.predictor.probabilities(letters), atol=1e-5)
    ours, theirs = (each.read([stretch(each, letters)], marks=True)[0].marks for each in (made.predictor, other))
    assert ours.any()
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("core", "acceptor"), [("pwm", None), ("lssi", 20), ("lssi", None)])
def test_letters_that_only_the_core_sees_are_seen_from_every_tile(made, core, acceptor):
    network = replace(made.predictor.network, core=core, core_acceptor=acceptor, matrices=())
    seen = 10 if (core, acceptor) == ("lssi", None) else 20  # a channel sees 10 letters to either side, the readout 12
    assert network.context == seen + 12
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = splice_model(network, 0.1)
        for values in model.beside.buffers():
            values.copy_(torch.randn_like(values))
    model.train()(*network_input(torch.from_numpy(encode(letters_of(made, 700)))[None]))  # gives it thresholds
    predictor = replace(made.predictor, model=model.eval(), network=network, tile=50)
    letters = letters_of(made, 700)
    np.testing.assert_allclose(predictor.probabilities(letters), in_one_piece(predictor, letters), atol=1e-5)


def test_rivals_of_marks_beyond_a_tile_are_seen(made, tmp_path):
    """Under inhibition a mark at the end of what a position sees may fall to a stronger one beyond it."""
    network = replace(made.predictor.network, inhibition=7)
    model = splice_model(network, 0.02)
    model.load_state_dict(made.predictor.model.state_dict())
    model.sparsity.density = 0.02
    predictor = replace(made.predictor, model=model.eval(), network=network)
    assert predictor.context == made.predictor.context + 6
    letters = letters_of(made, 5000)
    whole = predictor.read([stretch(predictor, letters)], marks=True)[0]
    tiled = replace(predictor, tile=10).read([stretch(predictor, letters)], marks=True)[0]
    assert whole.marks.sum() < made.predictor.read([stretch(made.predictor, letters)], marks=True)[0].marks.sum()
    np.testing.assert_array_equal(tiled.marks, whole.marks)
    np.testing.assert_allclose(tiled.probabilities, whole.probabilities, atol=1e-5)


def test_neither_batch_nor_order_changes_anything(made):
    several = [stretch(made.predictor, letters_of(made, n, n)) for n in (300, 5, 40, 1, 299)]
    together = made.predictor.read(several, marks=True)
    backwards = made.predictor.read(several[::-1], marks=True)[::-1]
    alone = [made.predictor.read([each], marks=True)[0] for each in several]
    for one, two, three in zip(together, backwards, alone, strict=True):
        np.testing.assert_allclose(one.probabilities, two.probabilities, atol=1e-5)
        np.testing.assert_allclose(one.probabilities, three.probabilities, atol=1e-5)
        np.testing.assert_array_equal(one.marks, three.marks)


def test_letters_beyond_the_context_change_nothing(made):
    letters = letters_of(made, 200)
    context = made.predictor.context
    whole, part = made.predictor.probabilities(letters), made.predictor.probabilities(letters[50:150])
    inner = slice(context, 100 - context)
    np.testing.assert_allclose(part[:, inner], whole[:, 50:150][:, inner], atol=1e-5)
    assert np.abs(part - whole[:, 50:150]).max() > 1e-3


def test_sequences_shorter_than_the_context_are_read(made):
    for n in (0, 1, 7):
        assert made.predictor.probabilities(letters_of(made, n)).shape == (2, n)
    assert made.predictor.probabilities("NNNN").shape == (2, 4)
    with pytest.raises(ValueError, match="no IUPAC nucleotide"):
        made.predictor.probabilities("AC!T")


def test_the_threads_of_torch_are_left_as_they_were(made):
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    made.predictor.probabilities("ACGT")
    assert torch.get_num_threads() == 2
    torch.set_num_threads(threads)


def test_sites_are_the_places_above_a_probability(made):
    letters = letters_of(made, 200)
    found = made.predictor.probabilities(letters)
    sites = made.predictor.sites(letters, least=0.4)
    assert 0 < len(sites) < 400
    assert len(sites) == (found >= 0.4).sum()
    assert [site.position for site in sites] == sorted(site.position for site in sites)
    for kind, position, probability in sites:
        assert probability == found[("donor", "acceptor").index(kind), position]


def test_channels_have_the_motifs_of_the_table(made):
    assert made.predictor.motifs == {0: Marked("M1", -1), 2: Marked("M1", 1), 3: Marked("M2", 0)}
    assert repr(made.predictor).endswith(": 22 nt to either side)")
    assert made.predictor.model.training is False


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("run.json", json.dumps({"task": "motifs"}), "a run of another command, expected one of"),
        ("run.json", None, "no finished run, config.toml or run.json is missing"),
        ("motifs.tsv", "motif_id\tbits\nM1\t3\n", "lacks the columns channels, shifts"),
        ("motifs.tsv", "motif_id\tchannels\tshifts\nM1\t1,2\t3\n", "motifs.tsv:2"),
        (
            "model/config.json",
            "{}",
            r"model description does not fit this version \(it lacks 'density'\), train it again",
        ),
    ],
)
def test_what_is_no_such_run_is_said(made, tmp_path, name, content, message):
    run = shutil.copytree(made.run, tmp_path / "run")
    if content is None:
        (run / name).unlink()
    else:
        (run / name).write_text(content)
    with pytest.raises(InputError, match=message):
        _ = load_predictor(run, "cpu").motifs


def test_padding_stands_for_letters_beyond_a_sequence(made):
    codes = stretch(made.predictor, "ACGT")
    assert codes.tolist() == [PAD] * made.predictor.context + [0, 1, 2, 3] + [PAD] * made.predictor.context
