"""Digits seen, heard and written: what is looked at, how it is paired, and what becomes of it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from senses import NAMES, Seen, Size, changing, look, row_of, triples

from sparling.domains.sequence_task import TEST, TRAIN
from tests.core.worlds.tiny import tiny_run as tiny_images
from tests.core.worlds.tiny_audio import tiny_run as tiny_sounds


@pytest.mark.parametrize("run", [tiny_images(), tiny_sounds()], ids=["images", "sounds"])
def test_features_are_the_largest_in_the_box_of_each_digit(run) -> None:
    torch.manual_seed(0)
    world = run.world
    model, task = world.model(), world.task(run.seed, "cpu")
    seen = look(model, task, TEST, 5)
    batch, motifs = task.batch(TEST, 0, 4 * task.batch_size)
    model.eval()
    with torch.no_grad():
        features = model.local.features(*task.inputs(batch))
    assert seen.features.shape == (5, 16)
    assert seen.digit.tolist() == motifs.kind[:5].tolist()
    for number in range(5):
        inside = features[motifs.sample[number]]
        for axis, (low, high) in enumerate(zip(motifs.low[number], motifs.high[number], strict=True), 1):
            inside = inside.narrow(axis, int(low), int(high - low))
        assert seen.features[number] == pytest.approx(inside.flatten(1).amax(1).numpy(), abs=1e-5)
    assert not np.array_equal(look(model, task, TRAIN, 5).features, seen.features)


def some(seed: int, width: int, samples: int = 400, spread: float = 0.3) -> Seen:
    """Ten digits, each somewhere else, and one feature that never changes."""
    rng = np.random.default_rng(seed)
    places = np.random.default_rng(width).normal(size=(10, width))
    digit = np.arange(samples) % 10
    features = places[digit] + spread * rng.normal(size=(samples, width))
    features[:, 0] = 1.0
    return Seen(features.astype(np.float32), digit)


def test_every_sample_has_one_digit_in_all_streams() -> None:
    seen, heard = some(1, 12), some(2, 9)
    streams, digit = triples(seen, heard, 300, 0.0, np.random.default_rng(3))
    assert [stream.name for stream in streams] == list(NAMES)
    assert (np.asarray(streams[2].rows).argmax(axis=1) == digit).all()
    for stream, source in zip(streams, (seen, heard), strict=False):
        of = {row.tobytes(): int(kind) for row, kind in zip(source.features, source.digit, strict=True)}
        assert [of[row.tobytes()] for row in np.asarray(stream.rows)] == digit.tolist()
    assert [stream.rows.shape[1] for stream in changing(streams, streams)] == [11, 8, 10]
    with pytest.raises(SystemExit, match="no example of 9"):
        triples(Seen(seen.features[:9], seen.digit[:9]), heard, 10, 0.0, np.random.default_rng(3))


def test_digits_that_are_told_apart_in_every_sense_share_their_latents(tmp_path: Path) -> None:
    size = Size(training=3_000, test=300, epochs=12)
    train, test = (some(1, 12), some(2, 9)), (some(3, 12), some(4, 9))
    shared = row_of(train, test, size, "global", 1.0, 0, tmp_path / "shared")
    assert float(shared["r1_images_sounds"]) > 0.8
    assert float(shared["r1_sounds_images"]) > 0.8
    assert int(shared["digits_with_own_latent"]) >= 8
    apart = row_of(train, test, size, "local", 0.0, 0, tmp_path / "apart")
    assert float(apart["r1_images_sounds"]) < 0.5
    assert float(apart["r1_chance"]) == pytest.approx(0.1, abs=0.02)
