"""Clips keep their order and their sound however they are given, and are divided without a recording on both sides."""

import random

import numpy as np
import pytest

from sparling.domains.spoken_digits.clips import Clips, divide
from sparling.errors import InputError
from tests.core.domains.spoken_digits.clips import marked_clips


def addresses(clips: Clips) -> set[tuple[int, int, int]]:
    return set(zip(clips.digit.tolist(), clips.speaker.tolist(), clips.take.tolist(), strict=True))


def test_order_of_reading_changes_nothing() -> None:
    recorded = [
        (d, s, t, np.full(3 + d, 10 * d + t, "i2")) for d in range(10) for s in ("10", "9", "x") for t in (0, 1)
    ]
    shuffled = random.Random(0).sample(recorded, len(recorded))
    clips, again = Clips.of(recorded), Clips.of(shuffled)
    assert clips.speakers == again.speakers == ("9", "10", "x")
    assert clips.sound.equal(again.sound)
    assert clips.start.equal(again.start)
    for i in range(len(clips)):
        assert set(clips.of_clip(i).tolist()) == {10 * int(clips.digit[i]) + int(clips.take[i])}
        assert len(clips.of_clip(i)) == 3 + int(clips.digit[i])


@pytest.mark.parametrize(("takes", "kept"), [(2, 1), (4, 1), (20, 2), (25, 2)])
def test_the_test_is_of_the_first_tenth_of_the_takes(takes: int, kept: int) -> None:
    clips = marked_clips(takes=takes)
    train, test = divide(clips)
    assert set(test.take.tolist()) == set(range(kept))
    assert addresses(train) | addresses(test) == addresses(clips)
    assert not addresses(train) & addresses(test)


def test_nothing_of_speakers_held_out_is_trained_on() -> None:
    clips = marked_clips()
    train, test = divide(clips, ("s1", "s2"))
    assert (set(train.speaker.tolist()), set(test.speaker.tolist())) == ({0}, {1, 2})
    assert len(train) + len(test) == len(clips)


def test_longer_ones_can_be_left_out() -> None:
    clips = marked_clips().at_most(400)
    assert int(clips.length.max()) <= 400
    assert 0 < len(clips) < len(marked_clips())


def test_a_digit_without_clips_on_one_side_is_named() -> None:
    clips = marked_clips()
    with pytest.raises(InputError, match="no clip left to train on of digit 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"):
        divide(clips, ("s0", "s1", "s2"))
    with pytest.raises(InputError, match="no clip left to train on of digit 7"):
        divide(clips.where((clips.digit != 7) | (clips.speaker == 1)), ("s1",))
    with pytest.raises(InputError, match="no clip left to train on"):
        divide(marked_clips(takes=1))
    with pytest.raises(InputError, match="no clips of speaker 'x'; there are s0, s1, s2"):
        divide(clips, ("x",))
