import numpy as np
import pytest

from sparling_genomics.letters.alphabet import decode, encode
from sparling_genomics.scan.text import GivenText, Stretch, composition, sample, units, whole
from tests.genomics.scan.made import as_data, random_letters


@pytest.mark.parametrize("window", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize("halo", [0, 5])
def test_units_take_every_place_once_with_a_halo(window: int, halo: int) -> None:
    text = GivenText(as_data(*(random_letters(n, n) for n in (100, 1, 30, 30))))
    taken: list[tuple[int, int]] = []
    for unit in units(text, whole(text), halo, window=window):
        for piece in unit:
            assert (piece.first, piece.last) == (piece.start, piece.end)
            assert piece.begin == max(0, piece.first - halo)
            assert piece.begin + len(piece.codes) == min(int(text.lengths[piece.number]), piece.last + halo)
            np.testing.assert_array_equal(
                piece.codes, text.letters(piece.number, piece.begin, piece.begin + len(piece.codes))
            )
            taken += [(piece.number, place) for place in range(piece.first, piece.last)]
    assert taken == [(number, place) for number, length in enumerate((100, 1, 30, 30)) for place in range(length)]


def test_regions_count_their_own_letters_and_take_those_beside() -> None:
    text = GivenText(as_data(random_letters(300, 1)))
    stretches = [Stretch(0, 50, 80), Stretch(0, 100, 120), Stretch(0, 250, 300)]
    pieces = [piece for unit in units(text, stretches, 4, margin=30, window=16) for piece in unit]
    counted = [place for piece in pieces for place in range(piece.start, piece.end)]
    assert counted == [*range(50, 80), *range(100, 120), *range(250, 300)]
    taken = [place for piece in pieces for place in range(piece.first, piece.last)]
    assert taken == [*range(20, 150), *range(220, 300)]


def test_samples_are_spread_over_all_stretches() -> None:
    data = as_data(encode("A" * 500), encode("C" * 1500), encode("G" * 3))
    text = GivenText(data)
    pieces = sample(text, whole(text), 400, 10)
    letters = "".join(map(decode, pieces))
    assert {len(piece) for piece in pieces} == {10}
    assert letters.count("C") / letters.count("A") == pytest.approx(3, rel=0.05)
    assert sample(text, [], 5, 10) == []
    assert composition([], both_strands=True) == (0.25, 0.25, 0.25, 0.25)
