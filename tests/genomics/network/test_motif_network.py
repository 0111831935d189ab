"""Networks from their descriptions: what they look at, and that what was saved comes back or is refused."""

import json
from dataclasses import asdict, replace

import pytest
import torch

from sparling.errors import InputError
from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling_genomics.network.front_ends import ForwardOnly, StrandMax
from sparling_genomics.network.matrix_local import MatrixLocal
from sparling_genomics.network.motif_network import NetworkDescription, build_network, load_network, save_network

SMALL = NetworkDescription("dna", channels=3, width=9, filters=8)


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
    model = build_network(NetworkDescription("dna", channels=1, width=width, filters=4, units=units))
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
    model = build_network(replace(SMALL, readout="free", sparsity_mode="per_channel", density=0.125))
    assert isinstance(model.readout, PooledReadout)
    assert (model.sparsity.mode, model.sparsity.density, model.sparsity.channels) == ("per_channel", 0.125, 3)
    assert isinstance(build_network(SMALL).readout, MonotoneReadout)


@pytest.mark.parametrize("alphabet", ["dna", "rna"])
def test_with_matrices_scores_are_compared_with_thresholds_as_they_are(alphabet, x):
    model = trained(replace(SMALL, alphabet=alphabet, matrix_width=11, sparsity_mode="per_channel"), x)
    thresholds = torch.tensor([-1.0, 0.0, 0.1])
    model.sparsity.set_threshold(thresholds)
    with torch.no_grad():
        scores = model.local(x)
        expected = (scores - thresholds[:, None]).clamp_min(0)
        torch.testing.assert_close(model.sparsity(scores), expected)
    assert isinstance(model.local.local, MatrixLocal)
    assert model.local.local.matrices.kernel_size == (11,)
    assert isinstance(model.local, StrandMax if alphabet == "dna" else ForwardOnly)


def test_a_description_from_before_there_were_matrices_still_loads(saved, x):
    fields = asdict(SMALL)
    del fields["matrix_width"]
    (saved / "config.json").write_text(json.dumps(fields))
    model, description = load_network(saved)
    assert description == SMALL
    assert not isinstance(model.local.local, MatrixLocal)


# Saving and loading


@pytest.mark.parametrize(
    "description",
    [
        SMALL,
        replace(SMALL, alphabet="rna", readout="free"),
        replace(SMALL, sparsity_mode="per_channel", units=0),
        replace(SMALL, sparsity_mode="per_channel", matrix_width=11),
        replace(SMALL, alphabet="rna", matrix_width=5),
    ],
)
@torch.no_grad()
def test_a_loaded_network_gives_identical_outputs(tmp_path, x, description):
    model = trained(description, x)
    model.sparsity.density = 0.05
    save_network(tmp_path, model, description)
    loaded, read = load_network(tmp_path)
    assert read == description
    assert not loaded.training
    assert loaded.sparsity.density == 0.05
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
        {"matrix_width": -1},
        {"matrix_width": 8},
        {"matrix_width": 5.0},
        {"readout": "attention"},
        {"sparsity_mode": "none"},
        {"density": 0},
        {"density": "low"},
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
    [{"channels": 4}, {"width": 11}, {"readout": "free"}, {"sparsity_mode": "per_channel"}, {"matrix_width": 9}],
)
def test_weights_of_another_network_are_refused(saved, fault):
    (saved / "config.json").write_text(json.dumps(asdict(SMALL) | fault))
    with pytest.raises(InputError, match="model weights cannot be loaded"):
        load_network(saved)
