"""Where digits lie, what is heard, and what is to be read; against the rule as it is published, redrawing."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from sparling.domains.base import PAD
from sparling.domains.digit_sequence import END
from sparling.domains.spoken_digits.domain import NOISE, SpokenDigits
from sparling.domains.spoken_digits.mel import HOP, RATE, frames, mel_decibels
from tests.core.domains.spoken_digits.clips import marked_clips

WORLD = SpokenDigits(marked_clips(), seconds=1.0, fewest=2, most=4)
N = 2000
INDEX = torch.arange(N)
LAYOUT = WORLD.layout(3, INDEX)
USED = torch.arange(WORLD.most) < LAYOUT.number[:, None]
LENGTH = WORLD.clips.length[LAYOUT.clip]


def test_a_sample_depends_on_nothing_but_its_address() -> None:
    forth, back = WORLD.samples(5, INDEX[:40]), WORLD.samples(5, torch.tensor([39, 7]))
    assert torch.allclose(back.x[0].float(), forth.x[39].float(), atol=0.1)
    assert back.y.equal(forth.y[[39, 7]])
    sound = WORLD.sound(5, INDEX[:40])
    assert WORLD.sound(5, torch.tensor([39, 7])).equal(sound[[39, 7]])
    assert not WORLD.sound(6, INDEX[:1]).equal(sound[:1])


def test_no_clips_overlap_and_none_sticks_out() -> None:
    end = LAYOUT.start + LENGTH
    assert (LAYOUT.start[:, 0] >= 0).all()
    assert (LAYOUT.start[:, 1:] >= end[:, :-1])[USED[:, 1:]].all()
    assert (end <= RATE)[USED].all()


def test_numbers_digits_and_clips_are_uniform() -> None:
    assert stats.chisquare(torch.bincount(LAYOUT.number)[2:]).pvalue > 1e-3
    assert stats.chisquare(torch.bincount(LAYOUT.digit[USED])).pvalue > 1e-3
    assert stats.chisquare(torch.bincount(LAYOUT.clip[USED])).pvalue > 1e-3
    assert WORLD.clips.digit[LAYOUT.clip].equal(LAYOUT.digit)


def test_speakers_are_drawn_before_their_takes() -> None:
    clips = marked_clips()
    few = clips.where((clips.speaker > 0) | (clips.take == 0))
    layout = SpokenDigits(few, 1.0, 2, 4).layout(3, INDEX)
    speakers = torch.bincount(few.speaker[layout.clip[USED]])
    assert stats.chisquare(speakers).pvalue > 1e-3


def test_starts_are_those_of_drawing_until_nothing_overlaps() -> None:
    clips = marked_clips(1, 1)
    clips = replace(clips, length=torch.full((10,), 900), sound=torch.ones(20_000, dtype=torch.int16))
    drawn = SpokenDigits(clips, 1.0, 4, 4).layout(0, torch.arange(4000)).start.numpy()
    naive = np.sort(np.random.default_rng(0).integers(0, RATE, (100_000, 4)))
    naive = naive[(np.diff(naive) >= 900).all(1) & (naive[:, 3] <= RATE - 900)]
    assert len(naive) > 3000
    for slot in range(4):
        assert stats.ks_2samp(drawn[:, slot], naive[:, slot]).pvalue > 1e-3
    assert stats.ks_2samp(np.diff(drawn).min(1), np.diff(naive).min(1)).pvalue > 1e-3


def test_what_is_heard_is_the_clips_and_truncated_noise() -> None:
    sound = WORLD.sound(3, INDEX[:50])
    for sample in range(50):
        for slot in range(int(LAYOUT.number[sample])):
            start, length = int(LAYOUT.start[sample, slot]), int(LENGTH[sample, slot])
            sound[sample, start : start + length] -= WORLD.clips.of_clip(int(LAYOUT.clip[sample, slot])) / 2**15
    noise = sound.flatten().double() / NOISE
    assert noise.abs().max() <= 1 + 1e-4
    assert stats.kstest(noise[::97].numpy(), stats.truncnorm(-1, 1).cdf).pvalue > 1e-3
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(0, abs=0.01)


def test_frames_are_those_of_the_sound() -> None:
    samples = WORLD.samples(3, INDEX[:20])
    assert samples.x.shape == (20, 64, *WORLD.size) == (20, 64, frames(RATE))
    assert samples.x.dtype == torch.float16
    assert torch.allclose(samples.x.float(), mel_decibels(WORLD.sound(3, INDEX[:20])), atol=0.1)


def test_boxes_are_the_frames_whose_middle_lies_in_a_digit() -> None:
    motifs = WORLD.samples(3, INDEX[:100]).motifs
    rows = zip(motifs.sample, motifs.kind, motifs.low, motifs.high, strict=True)
    for (sample, slot), (of, kind, low, high) in zip(USED[:100].nonzero().tolist(), rows, strict=True):
        start, end = int(LAYOUT.start[sample, slot]), int(LAYOUT.start[sample, slot] + LENGTH[sample, slot])
        inside = [frame for frame in range(*WORLD.size) if start <= frame * HOP < end] or [-(-end // HOP) - 1]
        assert (int(of), int(kind)) == (sample, int(LAYOUT.digit[sample, slot]))
        assert list(range(int(low), int(high))) == inside


def test_the_target_is_what_is_said_in_order() -> None:
    y = WORLD.samples(3, INDEX[:100]).y
    for row, digits, number in zip(y.tolist(), LAYOUT.digit.tolist(), LAYOUT.number.tolist(), strict=False):
        assert row == digits[:number] + [END] + [PAD] * (WORLD.most - number)


def test_the_published_world_describes_itself() -> None:
    world = SpokenDigits(marked_clips())
    assert (world.name, world.class_names) == ("AudioMNISTSequence", tuple("0123456789"))
    assert (world.tokens, world.length, world.size, world.sound_length) == (11, 11, (642,), 120_000)
    assert world.motifs_per_sample / (10 * 642) == pytest.approx(1.168e-3, rel=1e-3)


def test_demanded_is_the_other_digit_in_each_place() -> None:
    y = torch.tensor([[2, 7, 2, END, PAD], [1, END, PAD, PAD, PAD]])
    changed = WORLD.demanded(y, torch.tensor([2, 5]), torch.tensor([0, 3]))
    assert changed.tolist() == [[0, 7, 0, END, PAD], [1, END, PAD, PAD, PAD]]


def test_worlds_that_cannot_be_are_refused() -> None:
    clips = marked_clips()
    with pytest.raises(ValueError, match="1 <= fewest <= most; got 3, 2"):
        SpokenDigits(clips, 1.0, 3, 2)
    with pytest.raises(ValueError, match="do not fit into 800"):
        SpokenDigits(clips, 0.1, 1, 4)
    with pytest.raises(ValueError, match="there is none of 4, 6"):
        SpokenDigits(clips.where((clips.digit != 4) & (clips.digit != 6)), 1.0, 1, 2)
