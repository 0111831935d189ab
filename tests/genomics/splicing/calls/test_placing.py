"""Places of indels in repeats, against trying all of them; alleles along the reference, as SpliceAI has them."""

import numpy as np
import pytest

from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import decode, encode
from sparling_genomics.splicing.calls.placing import along_reference, placed
from sparling_genomics.variants.alleles import Edit
from tests.genomics.splicing.small_genome import fasta


def changed(letters: str, start: int, end: int, inserted: str) -> str:
    return letters[:start] + inserted + letters[end:]


def placings(letters: str, start: int, end: int, inserted: str) -> list[int]:
    """Every start at which as many letters can be taken out, or some put in, to the same end."""
    wanted, n = changed(letters, start, end, inserted), len(inserted)
    if n:
        return [at for at in range(len(letters) + 1) if changed(letters, at, at, wanted[at : at + n]) == wanted]
    return [at for at in range(len(letters) + start - end + 1) if changed(letters, at, at + end - start, "") == wanted]


@pytest.mark.parametrize("seed", range(40))
def test_all_places_of_an_indel_are_found(tmp_path, seed):
    rng = np.random.default_rng(seed)
    letters = "".join(rng.choice(list("AC"), 30))
    genome = open_genome(fasta(tmp_path / "g.fa", letters))
    start = int(rng.integers(0, 26))
    inserted = "".join(rng.choice(list("AC"), rng.integers(1, 5))) if seed % 2 else ""
    end = start if inserted else start + int(rng.integers(1, 5))
    found = placed(Edit(start, end, encode(inserted)), genome, "chr1")
    everywhere = placings(letters, start, end, inserted)
    assert (found.edit.start, found.room) == (everywhere[0], everywhere[-1] - everywhere[0])
    moved = changed(letters, found.edit.start, found.edit.end, decode(found.edit.letters))
    assert moved == changed(letters, start, end, inserted)
    assert found.anchor == found.edit.start - 1
    assert (found.removed, found.inserted) == (end - start, len(inserted))


def test_a_substitution_and_what_is_unknown_stay_where_they_are(tmp_path):
    genome = open_genome(fasta(tmp_path / "g.fa", "AAAANNNNAAAA"))
    other = placed(Edit(1, 2, encode("CC")), genome, "chr1")
    assert (other.edit.start, other.room, other.anchor) == (1, 0, 1)
    within = placed(Edit(5, 5, encode("N")), genome, "chr1")
    assert (within.edit.start, within.room) == (5, 0)


def spliceai(y_alt: np.ndarray, at: int, ref_len: int, alt_len: int) -> np.ndarray:
    """The alternative's scores (L, 2) along the reference as in SpliceAI's get_delta_scores; ``at`` the anchor."""
    if ref_len > 1 and alt_len == 1:
        gone = np.zeros((ref_len - alt_len, 2))
        return np.concatenate([y_alt[: at + alt_len], gone, y_alt[at + alt_len :]])
    if ref_len == 1 and alt_len > 1:
        largest = y_alt[at : at + alt_len].max(0)[None]
        return np.concatenate([y_alt[:at], largest, y_alt[at + alt_len :]])
    return y_alt


@pytest.mark.parametrize(("ref_len", "alt_len"), [(1, 1), (4, 1), (1, 4), (2, 1), (1, 2)])
def test_alleles_are_aligned_as_spliceai_aligns_them(ref_len, alt_len):
    said = np.random.default_rng(0).random((2, 20 + alt_len - ref_len)).astype(np.float32)
    expected = spliceai(said.T, 7, ref_len, alt_len).T
    found = along_reference(
        said, 7 + (ref_len != alt_len), ref_len - (ref_len != alt_len), alt_len - (ref_len != alt_len)
    )
    np.testing.assert_array_equal(found.said, expected.astype(np.float32))
    assert found.said.shape == (2, 20)


@pytest.mark.parametrize(("removed", "inserted"), [(2, 2), (2, 4), (4, 2), (0, 3), (3, 0)])
def test_any_edit_has_the_length_of_the_reference(removed, inserted):
    said = np.random.default_rng(0).random((2, 10 + inserted - removed)).astype(np.float32)
    for at in (0, 5):
        found = along_reference(said, at, removed, inserted).said
        assert found.shape == (2, 10)
        common = at + min(removed, inserted)
        np.testing.assert_array_equal(found[:, : max(common - 1, 0)], said[:, : max(common - 1, 0)])
        np.testing.assert_array_equal(
            found[:, common + removed - min(removed, inserted) + 1 :],
            said[:, common + inserted - min(removed, inserted) + 1 :],
        )
