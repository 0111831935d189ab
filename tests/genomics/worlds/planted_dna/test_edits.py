"""Edits of planted DNA: one site changes, the grammar may draw the result, and α̂ is what can be worked out by hand."""

import numpy as np
import pytest
import torch

from sparling.evaluation.identifiability.necessity import Edit, necessity
from sparling_genomics.worlds.planted_dna.domain import PlantedDna
from sparling_genomics.worlds.planted_dna.edits import PlantedLayouts, Sites
from sparling_genomics.worlds.planted_dna.grammars import FAR, GRAMMARS, NEAR
from sparling_genomics.worlds.planted_dna.layouts import APART


def known(name: str) -> PlantedLayouts:
    return PlantedLayouts(PlantedDna(GRAMMARS[name]))


@pytest.mark.parametrize("name", GRAMMARS)
def test_answers_are_those_of_the_samples(name: str) -> None:
    world = known(name)
    said = world.world.samples(2, torch.arange(60)).y.tolist()
    assert world.answers(world.layouts(seed=2, n=60)) == [tuple(row) for row in said]


@pytest.mark.parametrize("name", GRAMMARS)
def test_every_layout_is_possible_and_so_is_every_edit(name: str) -> None:
    world, rng, edited = known(name), np.random.default_rng(0), 0
    for layout in world.layouts(seed=3, n=60):
        assert world._checked(layout) == layout
        for kind in range(len(world.world.class_names)):
            for edit in Edit:
                changed = world.edited(layout, kind, edit, rng)
                if changed is None:
                    continue
                edited += 1
                assert_possible(world, changed)
                gone, new = set(layout) - set(changed), set(changed) - set(layout)
                most = {Edit.REMOVED: (1, 0), Edit.INSERTED: (0, 1)}.get(edit, (1, 1))
                assert (len(gone), len(new)) in {most, (0, 0) if edit is Edit.MOVED else most}
                classes = {world._class(site) for site in gone | new}
                assert classes <= {kind} if edit is not Edit.REPLACED else kind in classes
                assert all(site.kind < len(world.world.grammar.classes) for site in gone | new)
    assert edited


def assert_possible(world: PlantedLayouts, sites: Sites) -> None:
    widths = [world.world.motifs[site.kind].width for site in sites]
    ends = [site.start + width for site, width in zip(sites, widths, strict=True)]
    assert not sites or (sites[0].start >= 0 and ends[-1] <= world.world.length)
    assert all(after.start - end >= APART for end, after in zip(ends[:-1], sites[1:], strict=True))
    name = world.world.grammar.name
    counts = [sum(site.kind == kind for site in sites) for kind in range(len(world.world.grammar.classes))]
    allowed = {"presence": {0, 1}, "and-not": {0, 1}, "count": {0, 1, 2, 3}}.get(name, {1})
    assert set(counts) <= allowed
    if name == "spacing":
        first = next(i for i, site in enumerate(sites) if site.kind < 2)
        gap = sites[first + 1].start - ends[first]
        assert sites[first + 1].kind < 2
        assert NEAR[0] <= gap <= NEAR[1] or (FAR[0] <= gap <= FAR[1] and sites[first].kind == 0)


def test_alpha_where_it_can_be_worked_out() -> None:
    """and-not: 3/8 have the first alone, 3/8 the second, 1/8 both, 1/8 none; both are 12 bp, so either fits for the
    other. The first changes the answer unless both are there; so does the second, unless none is."""
    found = necessity(known("and-not"), 2, seed=0, n=2000, rng=np.random.default_rng(0))
    for each in found:
        assert each.alpha.low is not None
        assert each.alpha.high is not None
        assert each.alpha.low - 0.01 < 7 / 8 < each.alpha.high + 0.01
    assert found[0].by_edit["removed"].value == pytest.approx(3 / 8, abs=0.04)
    assert found[1].by_edit["added"].value == pytest.approx(3 / 8, abs=0.04)
    assert found[0].by_edit["replaced"].value == pytest.approx(6 / 8, abs=0.04)


def test_what_is_always_there_can_only_move() -> None:
    for each in necessity(known("order"), 2, seed=0, n=300, rng=np.random.default_rng(0)):
        assert [each.by_edit[name].value for name in ("removed", "added", "replaced")] == [0, 0, 0]
        assert 0 < (each.by_edit["moved"].value or 0) == each.alpha.value
