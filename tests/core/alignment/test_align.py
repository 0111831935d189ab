"""The front door: what is learnt, saved, read back and resumed."""

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sparling.alignment.align import align, schedule_of
from sparling.alignment.alignment import CONFIG, Alignment
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Stream
from sparling.errors import InputError, Interrupted, NothingToResume, SettingDiffers, SettingOutOfRange
from sparling.training.annealing import Constant, Relative
from sparling.training.devices import OneCpu
from tests.core.alignment.test_streams import Counting
from tests.core.alignment.world import SMALL, WIDTHS, aligned, streams
from tests.core.toy_rules import Watcher


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluations an epoch apart, however few samples there are."""
    monkeypatch.setattr("sparling.alignment.align.LEAST_BETWEEN", 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Alignment]:
    """Of streams with missing samples."""
    folder = tmp_path_factory.mktemp("alignment")
    settings = replace(SMALL, epochs=40, learning_rate=5e-3)
    return folder, aligned(folder, streams(400, missing=0.2), settings=settings)


def test_what_was_learnt_reconstructs_every_stream_from_every_other(trained: tuple[Path, Alignment]) -> None:
    folder, alignment = trained
    errors = alignment.errors(alignment.held_out)
    assert (np.diagonal(errors) < 0.15).all()
    assert (errors < 0.35).all()
    last = lines(folder)[-1]
    assert last["self"] == pytest.approx(np.diagonal(errors).mean(), rel=1e-4)
    assert last["cross"] == pytest.approx(errors[~np.eye(3, dtype=bool)].mean(), rel=1e-4)
    assert last["score"] == pytest.approx(1 - (last["self"] + last["cross"]) / 2, rel=1e-4)
    assert 0 < last["alive"] <= 1 - last["dead"]


def test_codes_are_the_active_latents_of_samples_that_have_the_stream(trained: tuple[Path, Alignment]) -> None:
    _, alignment = trained
    codes = {name: alignment.codes(name) for name in alignment.names}
    for number, name in enumerate(alignment.names):
        code = codes[name]
        assert code.index.shape == code.value.shape == (400, SMALL.k)
        assert code.index.dtype == np.int32
        assert code.value.dtype == np.float32
        assert code.size == SMALL.latents == alignment.latents
        assert (code.value >= 0).all()
        assert not code.value[~alignment.streams.present[:, number]].any()
    shared = np.sort(codes["a"].index) == np.sort(codes["b"].index)
    assert shared.all()
    some = np.array([399, 3, 17])
    assert np.allclose(alignment.codes("b", some).dense(), codes["b"].dense()[some], atol=1e-5)


def test_alone_a_stream_is_encoded_as_if_there_were_no_other(trained: tuple[Path, Alignment]) -> None:
    _, alignment = trained
    given = alignment.streams.streams
    shuffled = [replace(given[0], rows=np.asarray(given[0].rows)[::-1], present=None), *given[1:]]
    other = alignment.of(shuffled)
    joint, alone = (
        np.array_equal(alignment.codes("b", alone=a).dense(), other.codes("b", alone=a).dense()) for a in (0, 1)
    )
    assert alone
    assert not joint


def test_reconstructions_are_in_the_units_of_the_features(trained: tuple[Path, Alignment]) -> None:
    _, alignment = trained
    held, b = alignment.held_out, alignment.streams.streams[1]
    both = held[alignment.streams.present[held, 1]]
    rebuilt, truth = alignment.reconstruct("a", "b", both), np.asarray(b.rows)[both]
    assert rebuilt.shape == truth.shape
    training = np.setdiff1d(np.flatnonzero(alignment.streams.present[:, 1]), held)
    unit = np.asarray(b.rows)[training].std(0)
    error = np.square((rebuilt - truth) / unit).mean()
    assert error == pytest.approx(alignment.errors(both)[0, 1], rel=1e-4)
    with pytest.raises(KeyError, match="no stream z; there are a, b, c"):
        alignment.reconstruct("a", "z")


def test_it_is_read_back_as_it_was(trained: tuple[Path, Alignment]) -> None:
    folder, alignment = trained
    again = Alignment.read(folder, alignment.streams.streams, "cpu")
    assert again.settings == alignment.settings
    assert np.array_equal(again.held_out, alignment.held_out)
    for name in alignment.names:
        assert np.array_equal(again.codes(name).dense(), alignment.codes(name).dense())
    with pytest.raises(InputError, match="stream a was not a file: give the streams"):
        Alignment.read(folder)
    with pytest.raises(InputError, match="streams must be a, b, c; got b, a"):
        Alignment.read(folder, alignment.streams.streams[1::-1])
    narrow = [replace(s, rows=np.asarray(s.rows)[:, 1:]) for s in alignment.streams.streams]
    with pytest.raises(InputError, match="8 features, expected 9: stream a"):
        Alignment.read(folder, narrow)


def test_streams_in_files_need_not_be_named_again(tmp_path: Path) -> None:
    given = []
    for stream in streams():
        np.save(tmp_path / f"{stream.name}.npy", stream.rows)
        given.append(Stream.read(stream.name, tmp_path / f"{stream.name}.npy"))
    from_files, from_arrays = aligned(tmp_path / "files", given), aligned(tmp_path / "arrays")
    assert np.array_equal(from_files.codes("c").dense(), from_arrays.codes("c").dense())
    again = Alignment.read(tmp_path / "files", device="cpu")
    assert np.array_equal(again.codes("c").dense(), from_files.codes("c").dense())
    (tmp_path / "b.npy").unlink()  # it is mapped, so it must not be written over
    np.save(tmp_path / "b.npy", np.asarray(streams()[1].rows)[:199])
    with pytest.raises(InputError, match=r"\(199, 7\) with 199 there, but was \(200, 7\) with 200 samples there"):
        Alignment.read(tmp_path / "files")
    (tmp_path / "files" / "align-data.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="not the beginning of an alignment"):
        Alignment.read(tmp_path / "files")


def test_features_are_never_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparling.alignment.streams.CHUNK_BYTES", 8 * 12 * 50)
    monkeypatch.setattr("sparling.alignment.alignment.ENCODED", 64)
    counting = [replace(stream, rows=Counting(np.asarray(stream.rows))) for stream in streams(600)]
    alignment = aligned(tmp_path, counting)
    alignment.codes("a")
    alignment.errors()
    for stream in counting:
        assert isinstance(stream.rows, Counting)
        assert stream.rows.all > 600 * SMALL.epochs
        assert stream.rows.most < 100


@pytest.mark.parametrize("settings", [SMALL, replace(SMALL, initial_k=8, choice="local")], ids=["constant", "annealed"])
@pytest.mark.parametrize("stops", [(40,), (181,), (64, 200, 500)])
def test_killed_and_resumed_it_ends_as_if_it_had_not_been(
    tmp_path: Path, often: None, settings: AlignmentSettings, stops: tuple[int, ...]
) -> None:
    left = list(stops)

    def kill(progress: Any) -> None:
        if left and progress.samples >= left[0]:
            left.pop(0)
            raise KeyboardInterrupt

    whole = aligned(tmp_path / "whole", settings=settings)
    for times in range(len(stops)):
        with pytest.raises(Interrupted):
            aligned(tmp_path / "cut", settings=settings, observer=Watcher(batch=kill), resume=times > 0)
    cut = aligned(tmp_path / "cut", settings=settings, resume=True)
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, cut.model.state_dict()[name]), name
    for name in ("model/model.safetensors", "model/config.json", CONFIG):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes()
    pairs = zip(lines(tmp_path / "whole"), lines(tmp_path / "cut"), strict=True)
    assert all(one | {"seconds": 0} == other | {"seconds": 0} for one, other in pairs)


def test_stopped_before_the_first_evaluation_it_begins_anew(tmp_path: Path) -> None:
    whole = aligned(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    for part in ("checkpoint", "model"):
        shutil.rmtree(tmp_path / "cut" / part)
    (tmp_path / "cut" / "metrics.jsonl").unlink()
    assert np.array_equal(aligned(tmp_path / "cut", resume=True).errors(), whole.errors())


def test_no_memory_for_the_model_is_told_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparling.alignment.alignment.memory", lambda: 1e3)
    with pytest.raises(InputError, match=r"^16 latents of \d+ features need 0 GB of memory, 0 GB are there$"):
        aligned(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(SettingOutOfRange, match="latents"):
        replace(SMALL, latents=1 << 31)


def test_another_training_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(NothingToResume):
        aligned(tmp_path / "none", resume=True)
    aligned(tmp_path)
    given = streams()
    with pytest.raises(SettingDiffers, match="k 2 differs from the run to resume, which has 3"):
        aligned(tmp_path, resume=True, settings=replace(SMALL, k=2))
    with pytest.raises(InputError, match="streams must be a, b, c; got a, c, b"):
        aligned(tmp_path, [given[0], given[2], given[1]], resume=True)
    with pytest.raises(InputError, match="201 samples, but 200 in the training to resume"):
        aligned(tmp_path, streams(201), resume=True)
    with pytest.raises(InputError, match="other samples are held out than in the training to resume"):
        aligned(tmp_path, resume=True, held_out=np.arange(200) < 20)
    other = replace(given[1], rows=np.asarray(given[1].rows) * 1.01)
    with pytest.raises(InputError, match="the features have changed since the training to resume began"):
        aligned(tmp_path, [given[0], other, given[2]], resume=True)


def test_k_falls_by_the_rule_to_its_end(tmp_path: Path, often: None) -> None:
    aligned(tmp_path, settings=replace(SMALL, initial_k=12, epochs=4))
    densities = [line["target_density"] for line in lines(tmp_path)]
    assert densities[0] == 12 / 16
    assert densities[-4:] == [SMALL.density] * 4
    assert all(after <= before for before, after in pairwise(densities))
    assert len(set(densities)) > 3


def test_in_bfloat16_the_same_is_learnt(tmp_path: Path) -> None:
    settings = replace(SMALL, epochs=10)
    whole, half = (aligned(tmp_path / str(bf16), settings=settings, device=OneCpu(bf16)) for bf16 in (False, True))
    assert half.errors() == pytest.approx(whole.errors(), abs=0.03)
    assert half.codes("a").value.dtype == np.float32


def test_the_schedule_has_the_epochs_that_were_asked_for() -> None:
    rule, schedule = schedule_of(replace(SMALL, epochs=20), 2000)
    assert rule == Constant(SMALL.density, samples=32_000)
    assert (schedule.evaluate_every, schedule.settle_evaluations) == (2000, 4)
    rule, schedule = schedule_of(replace(SMALL, epochs=100), 100)
    assert rule == Constant(SMALL.density, samples=6 * 50 * SMALL.batch)
    assert (schedule.evaluate_every, schedule.settle_evaluations) == (50 * SMALL.batch, 1)
    rule, schedule = schedule_of(replace(SMALL, epochs=1), 100)
    assert rule == Constant(SMALL.density, samples=50)
    assert (schedule.evaluate_every, schedule.settle_evaluations) == (50, 1)
    rule, schedule = schedule_of(replace(SMALL, epochs=3), 1_000_000)
    assert rule == Constant(SMALL.density, samples=2_400_000)
    assert (schedule.evaluate_every, schedule.settle_evaluations) == (100_000, 6)
    rule, schedule = schedule_of(replace(SMALL, epochs=20, initial_k=12), 2000)
    assert isinstance(rule, Relative)
    assert (rule.initial, rule.target, schedule.settle_evaluations) == (12 / 16, SMALL.density, 20)


def test_few_samples_are_passed_through_more_often() -> None:
    untold = replace(SMALL, epochs=None, batch=256)
    assert untold.passes(1_000_000) == 20
    assert untold.passes(1000) == 1024
    assert replace(untold, epochs=3).passes(1000) == 3


def test_sides_may_be_given(tmp_path: Path) -> None:
    held = np.arange(200) % 5 == 0
    alignment = aligned(tmp_path, held_out=held)
    assert np.array_equal(alignment.held_out, np.flatnonzero(held))
    for bad in (held[:-1], held.astype(int), np.ones(200, bool), np.zeros(200, bool)):
        with pytest.raises(SettingOutOfRange, match="held_out"):
            align(streams(), SMALL, folder=tmp_path / "bad", held_out=bad)
    assert not (tmp_path / "bad").exists()


def test_held_out_are_a_share_and_no_more_than_are_needed(
    trained: tuple[Path, Alignment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(trained[1].held_out) == 40
    monkeypatch.setattr("sparling.alignment.align.MOST_HELD_OUT", 7)
    assert len(aligned(tmp_path).held_out) == 7


def test_decoder_rows_have_length_one(trained: tuple[Path, Alignment]) -> None:
    for width, weight in zip(WIDTHS, trained[1].model.readout.weights, strict=True):
        assert weight.shape == (SMALL.latents, width)
        assert torch.allclose(weight.norm(dim=1), torch.ones(SMALL.latents))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 16}, "k must be below the number of latents, 16; got 16"),
        ({"k": 20}, "k must be below the number of latents, 16; got 20"),
        ({"k": 0}, "k must be at least 1; got 0"),
        ({"latents": 0}, "latents must be at least 1; got 0"),
        ({"initial_k": 2}, "initial_k must be at least k, 3, and below the number of latents, 16; got 2"),
        ({"initial_k": 16}, "initial_k must be at least k"),
        ({"choice": "both"}, "choice must be one of global, local; got both"),
        ({"cross": -1.0}, "cross must be at least 0; got -1.0"),
        ({"cross": float("nan")}, "cross must be at least 0; got nan"),
        ({"auxiliary": float("inf")}, "auxiliary must be at least 0; got inf"),
        ({"held_out": 0.0}, "held_out must be above 0 and below 1; got 0.0"),
        ({"held_out": 1.0}, "held_out must be above 0 and below 1; got 1.0"),
        ({"epochs": 0}, "epochs must be at least 1; got 0"),
        ({"batch": 0}, "batch must be at least 1; got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0; got 0.0"),
        ({"seed": -1}, "seed must be a whole number from 0 to"),
        ({"max_minutes": 0.0}, "max_minutes must be above 0; got 0.0"),
    ],
)
def test_settings_out_of_range_are_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingOutOfRange, match=message):
        replace(SMALL, **options)
