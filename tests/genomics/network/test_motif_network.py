"""Networks from their descriptions: what they look at, and that what was saved comes back or is refused."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling.layer.calibration import calibrate
from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.network.front_ends import ForwardOnly, StrandMax
from sparling_genomics.network.motif_network import (
    NetworkDescription,
    build_network,
    load_network,
    matrices_of,
    save_network,
    sparsity_of,
    with_channels,
)

SMALL = NetworkDescription("dna", channels=3, width=9, matrices=False, filters=8, unit=0.05)
WITH_MATRICES = replace(SMALL, matrices=True, units=1)
DESCRIPTIONS = [SMALL, WITH_MATRICES, replace(WITH_MATRICES, filters=0), replace(SMALL, alphabet="rna")]


@pytest.fixture
def x():
    return torch.randn(2, 4, 30, generator=torch.Generator().manual_seed(0))


def trained(description, x):
    """A network whose running statistics have seen something, in evaluation mode."""
    torch.manual_seed(1)
    model = build_network(description)
    for _ in range(3):
        model(x)
    return model.eval()


@pytest.fixture
def saved(tmp_path, x):
    save_network(tmp_path / "model", trained(SMALL, x), SMALL)
    return tmp_path / "model"


# Building


@pytest.mark.parametrize("units", [0, 1, 3])
@pytest.mark.parametrize("width", range(3, 52, 2))
def test_the_receptive_field_is_the_width_that_was_asked_for(width, units):
    model = build_network(NetworkDescription("dna", channels=1, width=width, matrices=False, filters=4, units=units))
    assert model.local.local.receptive_field == width


@pytest.mark.parametrize("width", [3, 5, 7, 21, 51])
@pytest.mark.parametrize("alphabet", ["dna", "rna"])
def test_a_score_looks_at_the_receptive_field_and_no_further(width, alphabet):
    torch.manual_seed(0)
    model = build_network(NetworkDescription(alphabet, channels=2, width=width)).eval()
    x = torch.randn(1, 4, 71, requires_grad=True)
    model.local(x)[0, :, 35].sum().backward()
    seen = x.grad.abs().sum((0, 1)).nonzero().flatten().tolist()
    reach = width // 2
    assert set(seen) <= set(range(35 - reach, 36 + reach))
    assert {35 - reach, 35 + reach} & set(seen)


def test_dna_is_read_on_both_strands_and_rna_on_one():
    assert isinstance(build_network(SMALL).local, StrandMax)
    assert isinstance(build_network(replace(SMALL, alphabet="rna")).local, ForwardOnly)
    assert isinstance(build_network(replace(SMALL, alphabet="dna_forward")).local, ForwardOnly)


def test_parts_are_as_described():
    model = build_network(replace(SMALL, readout="free", unit=0.125, competition=5))
    assert isinstance(model.readout, PooledReadout)
    layer = sparsity_of(model)
    assert (layer.mode, layer.density, layer.unit, layer.channels) == ("per_channel", 0.125, 0.125, 3)
    assert (layer.inhibition, layer.by_excess) == (5, True)
    assert sparsity_of(build_network(replace(SMALL, competition=0))).inhibition == 0
    assert isinstance(build_network(SMALL).readout, MonotoneReadout)


def test_with_matrices_there_are_matrices_and_without_none():
    both, plain, alone = (build_network(each) for each in (WITH_MATRICES, SMALL, replace(WITH_MATRICES, filters=0)))
    assert matrices_of(plain) is None
    assert matrices_of(both).network.receptive_field == matrices_of(both).matrices.kernel_size[1] == 9
    assert matrices_of(alone).network is None


# Some of its channels


@pytest.fixture
def letters():
    codes = np.random.default_rng(2).integers(0, 4, (40, 50)).astype(np.uint8)
    return one_hot(torch.from_numpy(codes))


@pytest.mark.parametrize("readout", ["monotone", "free"])
@pytest.mark.parametrize("description", DESCRIPTIONS)
@pytest.mark.parametrize("channels", [[0, 1, 2], [2, 0], [1]])
@torch.no_grad()
def test_kept_channels_say_what_they_said_when_the_others_are_silent(letters, description, readout, channels):
    description = replace(description, readout=readout, competition=0)
    model = trained(description, letters)
    layer = sparsity_of(model)
    layer.share_out(torch.tensor([1.0, 2.0, 3.0]))
    calibrate(model.local, layer, [(letters, None)])
    layer.cuts.copy_(torch.tensor([0.1, 0.2, 0.3]))
    for silent in {0, 1, 2} - set(channels):
        layer.threshold[silent] = 1e6
    smaller, read = with_channels(model, description, channels)
    assert read == replace(description, channels=len(channels))
    assert not smaller.training
    own = sparsity_of(smaller)
    assert own.shares.tolist() == [channel + 1.0 for channel in channels]
    assert own.cuts.tolist() == layer.cuts[channels].tolist()
    before, after = model(letters), smaller(letters)
    assert after.activations.count_nonzero() > 20
    torch.testing.assert_close(after.activations, before.activations[:, channels])
    torch.testing.assert_close(after.output, before.output)
    assert after.output.std() > 1e-4


@pytest.mark.parametrize("description", DESCRIPTIONS)
@torch.no_grad()
def test_new_channels_lie_behind_and_leave_the_kept_ones_as_they_are(letters, description):
    description = replace(description, competition=0)
    model = trained(description, letters)
    larger, read = with_channels(model, description, [2, 0], new=3)
    assert read.channels == larger.sparsity.channels == 5
    assert sparsity_of(larger).shares.tolist() == [1.0] * 5
    torch.testing.assert_close(larger.local(letters)[:, :2], model.local(letters)[:, [2, 0]])
    assert float(larger.local(letters)[:, 2:].std()) > 0
    old, new = (each.state_dict()["readout.inner"] for each in (model, larger))
    assert torch.equal(new[:, [0, 1, 5, 6]], old[:, [2, 0, 5, 3]])


# Saving and loading


@pytest.mark.parametrize(
    "description",
    [
        SMALL,
        replace(SMALL, alphabet="rna", readout="free"),
        replace(SMALL, units=1, competition=0),
        WITH_MATRICES,
        replace(WITH_MATRICES, alphabet="rna", filters=0),
    ],
)
@torch.no_grad()
def test_a_loaded_network_gives_identical_outputs(tmp_path, x, description):
    model = trained(description, x)
    model.sparsity.density = 0.05
    sparsity_of(model).share_out(torch.tensor([0.5, 1.0, 2.0]))
    sparsity_of(model).cuts.copy_(torch.tensor([1.0, 2.0, 3.0]))
    save_network(tmp_path, model, description)
    loaded, read = load_network(tmp_path)
    assert read == description
    assert not loaded.training
    assert loaded.sparsity.density == 0.05
    assert sparsity_of(loaded).shares.tolist() == [0.5, 1.0, 2.0]
    assert sparsity_of(loaded).cuts.tolist() == [1.0, 2.0, 3.0]
    for before, after in zip(model(x), loaded(x), strict=True):
        assert torch.equal(before, after)


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(InputError) as error:
        load_network(tmp_path / "model")
    assert str(tmp_path / "model" / "config.json") in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not JSON"),
        ('{"alphabet": "dna",', "not JSON"),
        ("[1]", "expected a JSON object"),
        ("{}", "does not fit this version"),
        ('{"layers": 12}', "does not fit this version"),
    ],
)
def test_a_foreign_description_is_refused(saved, content, message):
    (saved / "config.json").write_text(content)
    with pytest.raises(InputError, match=message) as error:
        load_network(saved)
    assert str(saved / "config.json") in str(error.value)


@pytest.mark.parametrize(
    "fault",
    [
        {"alphabet": "protein"},
        {"alphabet": None},
        {"channels": 0},
        {"channels": "3"},
        {"channels": 2.5},
        {"width": 8},
        {"width": -1},
        {"width": "21"},
        {"filters": -4},
        {"units": -1},
        {"filters": 0},
        {"matrices": True, "filters": -1},
        {"competition": -1},
        {"competition": 4},
        {"competition": 5.0},
        {"readout": "attention"},
        {"unit": 0},
        {"unit": "low"},
        {"colour": "red"},
    ],
)
def test_a_description_out_of_range_is_refused(saved, fault):
    (saved / "config.json").write_text(json.dumps(asdict(SMALL) | fault))
    with pytest.raises(InputError, match="does not fit this version") as error:
        load_network(saved)
    assert str(saved / "config.json") in str(error.value)


@pytest.mark.parametrize("damage", ["missing", "cut", "text", "empty", "folder"])
def test_damaged_weights_are_refused(saved, damage):
    path = saved / "model.safetensors"
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes({"cut": content[: len(content) // 2], "text": b"not weights", "empty": b""}[damage])
    with pytest.raises(InputError, match="model weights cannot be loaded") as error:
        load_network(saved)
    assert str(error.value).endswith(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "fault",
    [{"channels": 4}, {"width": 11}, {"readout": "free"}, {"matrices": True}, {"units": 1}],
)
def test_weights_of_another_network_are_refused(saved, fault):
    (saved / "config.json").write_text(json.dumps(asdict(SMALL) | fault))
    with pytest.raises(InputError, match="model weights cannot be loaded"):
        load_network(saved)
