import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sparling_genomics.letters.alphabet import ALPHABETS, DNA, PAD, RNA, decode, encode, reverse_complement
from sparling_genomics.letters.one_hot import one_hot

quick = settings(max_examples=60, deadline=None, derandomize=True)


@given(st.text("ACGTN"))
@quick
def test_decode_inverts_encode_for_dna(sequence):
    assert decode(encode(sequence), DNA) == sequence


@given(st.text("ACGUN"))
@quick
def test_decode_inverts_encode_for_rna(sequence):
    assert decode(encode(sequence), RNA) == sequence


@given(st.text("ACGTN"))
@quick
def test_reverse_complement_agrees_with_a_loop_and_twice_is_identity(sequence):
    codes = encode(sequence)
    partner = {"A": "T", "C": "G", "G": "C", "T": "A", "N": "N"}
    assert decode(reverse_complement(codes)) == "".join(partner[letter] for letter in sequence[::-1])
    np.testing.assert_array_equal(reverse_complement(reverse_complement(codes)), codes)


def test_case_and_u_or_t_make_no_difference():
    np.testing.assert_array_equal(encode("acguACGU"), encode("ACGTacgt"))


@pytest.mark.parametrize("letter", "NRYSWKMBDHVnryswkmbdhv")
def test_every_ambiguity_letter_is_code_4_and_written_as_n(letter):
    assert encode(f"A{letter}").tolist() == [0, 4]
    assert decode(encode(letter)) == "N"


@pytest.mark.parametrize(
    ("sequence", "letter", "position"), [("ACGE", "E", 3), ("AC-GT", "-", 2), ("é", "é", 0), ("A?", "?", 1)]
)
def test_encode_names_the_letter_and_its_position(sequence, letter, position):
    with pytest.raises(
        ValueError, match=rf"letter '{re.escape(letter)}' at position {position} is no IUPAC nucleotide"
    ):
        encode(sequence)


def test_reverse_complement_works_on_the_last_axis_and_carries_padding():
    batch = np.array([[0, 1, PAD], [3, 4, 0]], dtype=np.uint8)
    assert reverse_complement(batch).tolist() == [[PAD, 2, 3], [3, 4, 0]]


def test_one_hot_agrees_with_a_loop():
    codes = np.random.default_rng(0).integers(0, 6, (3, 17)).astype(np.uint8)
    expected = np.zeros((3, 4, 17))
    for b, i in np.ndindex(3, 17):
        if codes[b, i] < 4:
            expected[b, codes[b, i], i] = 1
    np.testing.assert_array_equal(one_hot(torch.from_numpy(codes)), expected)


def test_one_hot_of_the_reverse_complement_flips_letters_and_positions():
    codes = encode("ACCGTNA")
    forward = one_hot(torch.from_numpy(codes)[None])
    backward = one_hot(torch.from_numpy(reverse_complement(codes))[None])
    assert torch.equal(backward, forward.flip(1, 2))


def test_one_hot_in_another_type():
    assert one_hot(torch.zeros(1, 2, dtype=torch.uint8), dtype=torch.bfloat16).dtype == torch.bfloat16


@pytest.mark.parametrize("codes", [torch.zeros(4, dtype=torch.uint8), torch.zeros(1, 4, dtype=torch.int64)])
def test_one_hot_refuses_other_shapes_and_types(codes):
    with pytest.raises(ValueError, match=r"codes must be uint8 of shape \(B, L\); got"):
        one_hot(codes)


def test_values_that_are_no_codes_are_refused():
    with pytest.raises(ValueError, match="codes must lie in 0 to 5; got 7"):
        reverse_complement(np.array([7], dtype=np.uint8))
    with pytest.raises(ValueError, match="codes must lie in 0 to 5; got 9"):
        decode(np.array([9], dtype=np.uint8))
    with pytest.raises(ValueError, match=r"codes must have shape \(L,\); got \(1, 1\)"):
        decode(np.zeros((1, 1), dtype=np.uint8))


def test_only_dna_has_a_second_strand_and_not_where_its_strand_is_known():
    assert {name: (each.letters, each.double_stranded) for name, each in ALPHABETS.items()} == {
        "dna": ("ACGT", True),
        "dna_forward": ("ACGT", False),
        "rna": ("ACGU", False),
    }
