"""The supervised ceiling and the retrained readout."""

import math
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from lightning_fabric import Fabric

from sparling.evaluation.motif_errors import Motifs
from sparling.training.checkpoint import load_weights
from sparling.validation.flow import validate
from sparling.validation.references import position_loss
from sparling.validation.result import RESULT, CausalChecks, OutputErrors
from sparling.validation.run import Run
from sparling.worlds.digit_circle.world import DigitCircleWorld
from sparling.worlds.images.presets import Network
from tests.core.toy_rules import Watcher
from tests.core.worlds.tiny import tiny_preset, tiny_run


def fabric() -> Fabric:
    return Fabric(accelerator="cpu", devices=1)


@pytest.mark.parametrize("size", [(6, 5), (30,)])
def test_position_loss_against_loops(size: tuple[int, ...]) -> None:
    rank = len(size)
    scores = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    low, high = torch.tensor([[0, 1], [3, 2], [1, 0]]), torch.tensor([[3, 3], [6, 5], [4, 3]])
    motifs = Motifs(torch.tensor([0, 0, 1]), torch.tensor([2, 0, 1]), low[:, :rank], high[:, :rank])
    at_motifs: list[float] = []
    elsewhere: list[float] = []
    for sample in range(2):
        boxes = [i for i in range(3) if motifs.sample[i] == sample]
        for place in product(*map(range, size)):
            logits = [*scores[(sample, slice(None), *place)].tolist(), 0.0]
            here = torch.tensor(place)
            inside = [i for i in boxes if ((motifs.low[i] <= here) & (here < motifs.high[i])).all()]
            centred = [i for i in boxes if torch.equal((motifs.low[i] + motifs.high[i]) // 2, here)]
            wanted = int(motifs.kind[centred[0]]) if centred else 3
            loss = math.log(sum(map(math.exp, logits))) - logits[wanted]
            if centred:
                at_motifs.append(loss)
            elif not inside:
                elsewhere.append(loss)
    expected = sum(at_motifs) / 3 + sum(elsewhere) / len(elsewhere)
    assert position_loss(scores, motifs).item() == pytest.approx(expected, rel=1e-5)


def test_the_supervised_local_model_finds_motifs_and_reads_nothing(tmp_path: Path) -> None:
    preset = tiny_preset()
    schedule = replace(preset.schedule, constant_samples=8_000, learning_rate=3e-3, test=200)
    preset = replace(preset, network=Network(width=24), schedule=schedule)
    result = validate(Run(DigitCircleWorld.at(preset, "supervised"), 0), fabric(), tmp_path)
    density = result.density
    assert result.provenance.samples == 8_000
    assert density.density == pytest.approx(density.delta_star, rel=0.6)
    assert result.errors.ce is not None
    assert result.errors.ce < 0.3
    assert result.errors.fne < 0.5
    assert result.output == OutputErrors(None, None)
    assert result.causal == CausalChecks(None, None)


def test_the_supervised_local_model_keeps_to_its_time_and_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second passes whenever the clock is looked at: at the start and after each batch."""
    clock = SimpleNamespace(monotonic=count(1000.0).__next__)
    monkeypatch.setattr("sparling.validation.references.time", clock)
    schedule = replace(tiny_preset().schedule, constant_samples=10**9, max_minutes=0.5)
    watcher = Watcher()
    seen: list[int] = []
    watcher.batch = lambda progress: seen.append(progress.samples)
    world = DigitCircleWorld.at(replace(tiny_preset(), schedule=schedule), "supervised")
    result = validate(Run(world, 0), fabric(), tmp_path, lambda *_: watcher)
    assert result.provenance.stop_reason == "time budget"
    assert result.provenance.samples == seen[-1] == 30 * schedule.batch_size


def test_the_readout_is_retrained_on_the_local_model_of_a_finished_run(tmp_path: Path) -> None:
    run = tiny_run("retrained-readout", 0)
    result = validate(run, fabric(), tmp_path)
    assert (tmp_path / "sparse" / RESULT).exists()
    before, after = (world.model() for world in (run.world.by_the_method(), run.world))
    load_weights(tmp_path / "sparse" / "model", before)
    load_weights(tmp_path / "model", after)
    for (name, old), new in zip(before.local.named_parameters(), after.local.parameters(), strict=True):
        assert torch.equal(old, new), name
    assert any(
        not torch.equal(a, b) for a, b in zip(before.readout.parameters(), after.readout.parameters(), strict=True)
    )
    assert not after.sparsity.threshold.any()
    assert result.density.density > 0.1
