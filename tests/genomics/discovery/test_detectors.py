"""One network with a channel a motif: how it starts, what it learns, and the same with fewer channels."""

import json

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from sklearn.metrics import average_precision_score

from sparling.errors import Interrupted
from sparling.training.annealing import Relative
from sparling.training.schedule import TrainingSettings
from sparling_genomics.data.dataset import TRAIN, with_all_shuffled
from sparling_genomics.discovery import detectors
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.detectors import learn_detectors, matrix_local, with_channels
from sparling_genomics.discovery.plan import Plan
from sparling_genomics.discovery.rounds import Search
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.motifs.motif import motif_of
from sparling_genomics.network.front_ends import ForwardOnly
from sparling_genomics.network.matrix_local import middle
from sparling_genomics.network.motif_network import NetworkDescription, build_network
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import Impatient, activations, rows
from tests.genomics.planted_activations import FIRST, SECOND, detected, planted

BASE = NetworkDescription("dna", channels=5, width=9, filters=8)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """1500 samples at the full rate, 500 while it falls."""
    for name, value in (("STEADY", 3), ("SETTLE", 1)):
        monkeypatch.setattr(detectors, name, value)


def candidate(data, found):
    return motif_of(data, activations(found), 12, (0,))


def learn(data, motifs, folder, base=BASE, watch=None, minutes=None, resume=False, **options):
    fabric = Fabric(accelerator="cpu", devices=1)
    config = MotifConfig.of({"fasta": folder / "unused.fa"} | options)
    plan = Plan(base, Relative(target=0.1), TrainingSettings(evaluate_every=500))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detectors, "plan_round", lambda *_: plan)
        return learn_detectors(Search(config, data, fabric, "float32", folder, watch), motifs, minutes, resume)


@torch.no_grad()
def scores(model, data):
    """Log odds (n, C, L) of equally long sequences."""
    return model.local(one_hot(torch.from_numpy(data.padded(np.arange(len(data)))))).numpy()


@pytest.fixture(scope="module")
def two():
    """FIRST in 100 bound sequences, SECOND in 100 others, seen by a detector each; half as many with nothing."""
    truth, data = planted([FIRST, SECOND], n_bound=200, n_unbound=100, length=40)
    return truth, data, [candidate(data, detected(truth, name, place=5)) for name in ("FIRST", "SECOND")]


def true_middles(truth, name, motif):
    """Where the middle column of the candidate's matrix lies in each planted site."""
    index = {each: i for i, each in enumerate(truth.names)}
    places = []
    for site in truth.sites:
        if site.motif == name:
            away = middle(motif.pwm)
            places.append((index[site.sequence], site.end - 1 - away if site.strand == "-" else site.start + away))
    return places


def test_before_learning_a_channel_is_its_matrix_and_the_share_of_its_sites(two, tmp_path):
    _, data, motifs = two
    model, network, _ = learn(data, motifs, tmp_path, learning_rate=1e-12, weight_decay=0)
    local = matrix_local(model)
    for k, motif in enumerate(motifs):
        first = network.matrix_width // 2 - middle(motif.pwm)
        odds = motif.pwm.log_odds().T * np.log(2)
        weight = local.matrices.weight[k].detach().numpy()
        np.testing.assert_allclose(weight[:, first : first + motif.pwm.width], odds, atol=1e-5)
        assert np.abs(np.delete(weight, np.s_[first : first + motif.pwm.width], axis=1)).max() < 1e-5
        assert local.matrices.bias[k].item() == pytest.approx(np.log(len(motif.sites) / len(data.codes)), abs=1e-5)
    assert local.network.weight.abs().max() < 1e-5


@pytest.mark.parametrize(("motif", "base", "width"), [("ACCGGATT", 9, 9), ("ACCGGATT", 5, 9), ("ACCGGATTA", 5, 9)])
def test_the_matrix_is_as_wide_as_the_network_or_as_the_widest_motif(motif, base, width, tmp_path):
    truth, data = planted([consensus_motif("ONE", motif, purity=1)], n_bound=40, n_unbound=20, length=30)
    one = candidate(data, detected(truth, "ONE"))
    assert one.pwm.width == len(motif)
    model, network, _ = learn(data, [one], tmp_path, NetworkDescription("dna", 5, base, filters=8))
    assert (network.channels, network.sparsity_mode, network.matrix_width) == (1, "per_channel", width)
    assert matrix_local(model).matrices.kernel_size == (width,)
    assert not model.training


def test_a_channel_finds_its_own_sites_and_says_how_likely_they_are(two, tmp_path):
    truth, data, motifs = two
    model = learn(data, motifs, tmp_path).model
    found = scores(model, data)
    for channel, (name, motif) in enumerate(zip(("FIRST", "SECOND"), motifs, strict=True)):
        is_site = np.zeros(found[:, channel].shape, dtype=bool)
        is_site[tuple(np.array(true_middles(truth, name, motif)).T)] = True
        assert is_site.sum() > 50
        assert average_precision_score(is_site.ravel(), found[:, channel].ravel()) > 0.95
        assert found[:, channel][is_site].mean() > 0 > np.quantile(found[:, channel][~is_site], 0.99)


def test_sites_in_shuffled_copies_are_not_learned_from(two, tmp_path):
    _, data, motifs = two
    everything = with_all_shuffled(data.subset(np.flatnonzero(data.labels == 1)), 0)
    given = everything.subset(np.arange(200))
    own = rows(motifs[0].sites)
    plain = motif_of(everything, activations(own), 12, (0,))
    more = motif_of(everything, activations([*own, *((200 + i, 0, 20, False, 1.0) for i in range(200))]), 12, (0,))
    assert len(more.sites) == len(plain.sites) + 200
    first, second = (learn(given, [motif], tmp_path / name)[0] for motif, name in ((plain, "a"), (more, "b")))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_the_same_seed_gives_the_same_weights_and_a_resumed_training_too(two, tmp_path):
    _, data, motifs = two

    seen = []
    first, _, before = learn(data, motifs, tmp_path / "a", watch=lambda stage, *_: seen.append(stage.title))
    with pytest.raises(Interrupted):
        learn(data, motifs, tmp_path / "b", watch=lambda *_: Impatient(2, 200))
    assert before == 0
    resumed, _, before = learn(data, motifs, tmp_path / "b", resume=True)
    assert before > 0
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), resumed.parameters(), strict=True))
    lines = [(tmp_path / name / "rounds" / "all" / "metrics.jsonl").read_text().count("\n") for name in "ab"]
    assert lines[0] == lines[1] == 4
    assert seen == ["One network for all motifs"]


def test_learning_ends_when_time_is_up(two, tmp_path):
    _, data, motifs = two
    learn(data, motifs, tmp_path, minutes=1e-4)
    lines = (tmp_path / "rounds/all/metrics.jsonl").read_text().splitlines()
    assert len(lines) == 2  # one evaluation, and one to settle


def test_large_sets_are_learned_for_some_epochs(two, tmp_path, monkeypatch):
    _, data, motifs = two
    monkeypatch.setattr(detectors, "EPOCHS", 10)
    learn(data, motifs, tmp_path)
    *_, last = map(json.loads, (tmp_path / "rounds/all/metrics.jsonl").read_text().splitlines())
    bound = int(((data.split == TRAIN) & (data.labels == 1)).sum())
    assert last["samples"] == pytest.approx(10 * 2 * bound, rel=0.1)


def test_rna_is_read_forward_only(tmp_path):
    truth, data = planted([consensus_motif("PUM", "UGUAAAUA", purity=1, alphabet=RNA)], 100, 50, length=30)
    motif = candidate(data, detected(truth, "PUM"))
    model, network, _ = learn(data, [motif], tmp_path, NetworkDescription("rna", 5, 9, filters=8))
    assert isinstance(model.local, ForwardOnly)
    assert (network.alphabet, network.both_strands) == ("rna", False)
    found = scores(model, data)[:, 0]
    places = true_middles(truth, "PUM", motif)
    assert np.mean([found[i].argmax() == p for i, p in places]) > 0.95


# Fewer channels


@pytest.mark.parametrize("channels", [[0, 1, 2], [2], [2, 0], [1, 2, 0]])
@torch.no_grad()
def test_chosen_channels_say_what_they_said_in_their_new_order(channels):
    torch.manual_seed(0)
    network = NetworkDescription("dna", 3, 9, filters=8, sparsity_mode="per_channel", matrix_width=11)
    model = build_network(network)
    torch.nn.init.normal_(matrix_local(model).network.weight)
    x = torch.randn(4, 4, 30, generator=torch.Generator().manual_seed(0))
    model(x)  # batch statistics that are not those of the start
    before = model.eval().local(x)
    smaller, described = with_channels(model, network, channels)
    torch.testing.assert_close(smaller.local(x), before[:, channels])
    assert described.channels == smaller.sparsity.channels == len(channels)
    assert smaller.readout.inner.shape[1] == 2 * len(channels)
    assert not smaller.training
    assert torch.equal(model.local(x), before)
