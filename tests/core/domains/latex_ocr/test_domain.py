"""LaTeX-OCR: samples by address, boxes that hold exactly the ink, noise, and worlds that cannot be."""

import re

import pytest
import torch

from sparling.domains.base import PAD, Samples
from sparling.domains.latex_ocr.domain import AROUND, END, NOISE, LatexOcr
from sparling.domains.latex_ocr.glyphs import glyphs
from sparling.domains.latex_ocr.grammar import CLASSES, FRACTION
from sparling.domains.latex_ocr.layout import lay_out

WORLDS = [LatexOcr(), LatexOcr(72, 160, 10), LatexOcr(24, 60, 30)]
"""The published one, a smaller one, and one in which most formulas are cut off."""
N = 48


@pytest.fixture(params=WORLDS, ids=lambda world: f"{world.rows}x{world.columns}")
def world(request: pytest.FixtureRequest) -> LatexOcr:
    return request.param


@pytest.fixture
def samples(world: LatexOcr) -> Samples:
    return world.samples(7, torch.arange(N))


def drawn(world: LatexOcr, tokens: list[int]) -> list[tuple[int, set[tuple[int, int]]]]:
    """Class and visible pixels of each motif of a formula, pixel by pixel."""
    page, table = lay_out(tokens), glyphs()
    down, right = (world.rows - page.height) // 2, (world.columns - page.width) // 2
    found = []
    for sign in page.glyphs:
        pixels = range(int(table.first[sign.glyph]), int(table.first[sign.glyph + 1]))
        ink = {(int(table.row[p]) + sign.row + down, int(table.column[p]) + sign.column + right) for p in pixels}
        found.append((sign.token, ink))
    for bar in page.bars:
        rows, columns = range(bar.row, bar.row + bar.height), range(bar.column, bar.column + bar.width)
        found.append((FRACTION, {(row + down, column + right) for row in rows for column in columns}))
    visible = [(kind, {p for p in ink if 0 <= p[0] < world.rows and 0 <= p[1] < world.columns}) for kind, ink in found]
    return [(kind, ink) for kind, ink in visible if ink]


def test_boxes_are_the_ink_of_each_sign_and_two_pixels(world: LatexOcr, samples: Samples) -> None:
    motifs = samples.motifs
    for sample, tokens in enumerate(world.formulas(7, torch.arange(N))):
        mine = (motifs.sample == sample).nonzero().squeeze(1)
        boxes = sorted((int(motifs.kind[i]), motifs.low[i].tolist(), motifs.high[i].tolist()) for i in mine)
        expected = [
            (kind, [min(axis) - AROUND for axis in zip(*ink, strict=True)],
             [max(axis) + 1 + AROUND for axis in zip(*ink, strict=True)])
            for kind, ink in drawn(world, tokens)
        ]  # fmt: skip
        assert boxes == sorted(expected)


def test_ink_is_dark_and_the_paper_is_dark_where_noise_is(world: LatexOcr, samples: Samples) -> None:
    assert samples.x.dtype == torch.uint8
    assert samples.x.shape == (N, 1, *world.size)
    paper = torch.ones(N, *world.size, dtype=torch.bool)
    for sample, tokens in enumerate(world.formulas(7, torch.arange(N))):
        for _, ink in drawn(world, tokens):
            rows, columns = torch.tensor(sorted(ink)).T
            paper[sample, rows, columns] = False
    assert not samples.x[:, 0][~paper].any()
    n = int(paper.sum())
    assert float(samples.x[:, 0][paper].float().mean()) == pytest.approx(1 - NOISE, abs=4 * (3 / 16 / n) ** 0.5)


def test_the_target_is_the_formula_and_its_end(world: LatexOcr, samples: Samples) -> None:
    assert samples.y.shape == (N, world.length)
    for row, tokens in zip(samples.y.tolist(), world.formulas(7, torch.arange(N)), strict=True):
        assert row == [*tokens, END] + [PAD] * (world.longest - len(tokens))


def test_a_sample_follows_from_its_address_alone(world: LatexOcr, samples: Samples) -> None:
    shuffled = torch.randperm(N, generator=torch.Generator().manual_seed(0))
    again = world.samples(7, shuffled)
    assert again.x.equal(samples.x[shuffled])
    assert again.y.equal(samples.y[shuffled])
    alone = world.samples(7, torch.tensor([5]))
    mine = samples.motifs.sample == 5
    for part, of_all in zip(alone.motifs[1:], samples.motifs[1:], strict=True):
        assert part.equal(of_all[mine])
    assert not world.samples(8, torch.arange(N)).x.equal(samples.x)


def test_one_sample_is_what_it_always_was() -> None:
    samples = LatexOcr().samples(3, torch.tensor([2]))
    assert LatexOcr().formulas(3, torch.tensor([2]))[0] == [17, 17, 2, 24, 11, 25, 18, 16, 5, 22, 2, 23, 18]
    assert int(samples.x.sum()) == 31_944
    assert samples.motifs.low[0].tolist() == [41, 119]


def test_lengths_are_uniform() -> None:
    lengths = torch.tensor([len(tokens) for tokens in LatexOcr(longest=8).formulas(0, torch.arange(4000))])
    assert torch.bincount(lengths)[1:].sub(500).abs().max() < 5 * 500**0.5


def test_the_world_describes_itself(world: LatexOcr) -> None:
    assert world.class_names == CLASSES
    assert (world.tokens, END, world.exchangeable) == (27, 26, 16)
    formulas = world.formulas(0, torch.arange(3000))
    counts = torch.tensor([sum(token < len(CLASSES) for token in tokens) for tokens in formulas]).double()
    assert world.motifs_per_sample == pytest.approx(float(counts.mean()), abs=float(5 * counts.std() / 3000**0.5))
    assert LatexOcr().motifs_per_sample == pytest.approx(9.57, abs=0.01)


def test_a_sign_is_exchanged_wherever_it_stands() -> None:
    world = WORLDS[1]
    y = world.samples(1, torch.arange(200)).y
    source, target = torch.full((200,), 4), torch.full((200,), 11)
    changed = world.demanded(y, source, target)
    assert (y == 4).any()
    assert not (changed == 4).any()
    assert changed[y != 4].equal(y[y != 4])


@pytest.mark.parametrize("size", [(0, 360, 30), (120, -1, 30), (120, 360, 0)])
def test_impossible_worlds(size: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=re.escape("rows, columns and longest must be at least 1; got LatexOcr")):
        LatexOcr(*size)
