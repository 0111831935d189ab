"""Edits of spoken digits: one changes, the others stay, and the world may draw the result."""

import numpy as np
import torch

from sparling.domains.base import PAD
from sparling.domains.digit_sequence import END
from sparling.domains.spoken_digits.domain import SpokenDigits
from sparling.domains.spoken_digits.edits import Said, SpokenLayouts
from sparling.domains.spoken_digits.voice import built_in_voices
from sparling.evaluation.identifiability.necessity import Edit, necessity

WORLD = SpokenDigits(built_in_voices(voices=2, takes=2), seconds=3.0, fewest=2, most=3)
KNOWN = SpokenLayouts(WORLD)


def test_answers_are_those_of_the_samples() -> None:
    said = WORLD.samples(5, torch.arange(20)).y.tolist()
    expected = [tuple(token for token in row if token not in (END, PAD)) for row in said]
    assert KNOWN.answers(KNOWN.layouts(seed=5, n=20)) == expected


def test_one_digit_changes_and_the_world_may_draw_the_result() -> None:
    rng, seen = np.random.default_rng(0), dict.fromkeys(Edit, 0)
    for layout in KNOWN.layouts(seed=1, n=40):
        for kind in range(10):
            for edit in Edit:
                changed = KNOWN.edited(layout, kind, edit, rng)
                if changed is None:
                    continue
                seen[edit] += 1
                assert_possible(changed)
                gone, new = set(layout) - set(changed), set(changed) - set(layout)
                assert (len(gone), len(new)) == {
                    Edit.REMOVED: (1, 0),
                    Edit.INSERTED: (0, 1),
                    Edit.MOVED: (1, 1),
                    Edit.REPLACED: (1, 1),
                }[edit]
                kinds = {said.digit for said in gone | new}
                assert kind in kinds
                assert len(kinds) == 1 + (edit is Edit.REPLACED)
    assert all(seen.values()), seen


def assert_possible(layout: tuple[Said, ...]) -> None:
    assert WORLD.fewest <= len(layout) <= WORLD.most
    silence = np.zeros(WORLD.sound_length, dtype=int)
    for said in layout:
        assert int(WORLD.clips.digit[said.clip]) == said.digit
        length = int(WORLD.clips.length[said.clip])
        assert 0 <= said.start <= WORLD.sound_length - length
        silence[said.start : said.start + length] += 1
    assert silence.max() == 1
    assert [said.start for said in layout] == sorted(said.start for said in layout)


def test_any_digit_that_is_not_said_matters_too() -> None:
    found = necessity(KNOWN, 10, seed=0, n=200, rng=np.random.default_rng(0))
    assert min(each.alpha.value or 0 for each in found) > 0.95
    # of two or three digits, equally likely, one is taken out where there are three and it is among them
    removed = np.mean([each.by_edit["removed"].value or 0 for each in found])
    assert abs(removed - 0.5 * (1 - 0.9**3)) < 0.04


def test_a_digit_alone_can_move_but_says_the_same() -> None:
    alone = SpokenLayouts(SpokenDigits(WORLD.clips, seconds=2.0, fewest=1, most=1))
    for each in necessity(alone, 2, seed=0, n=30, rng=np.random.default_rng(0)):
        assert [each.by_edit[name].value for name in ("removed", "added", "moved")] == [0, 0, 0]
