"""Whether known matrices and sequences are of one alphabet."""

from collections.abc import Sequence
from pathlib import Path

from sparling.plurals import agreeing, counted
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import RNA, Alphabet
from sparling_genomics.letters.pwm import Pwm


def check_alphabet(pwms: Sequence[Pwm], alphabet: Alphabet, path: Path) -> str:
    """A sentence where matrices of DNA are read in RNA. Raises ``InputError`` for matrices of RNA in DNA."""
    of_rna = [pwm for pwm in pwms if pwm.alphabet.letters == RNA.letters]
    if of_rna and alphabet != RNA:
        raise input_error(
            f"motif {of_rna[0].name} is of RNA and the sequences are DNA, expected one alphabet; "
            "--alphabet rna reads sequences as RNA",
            path,
        )
    if alphabet == RNA and len(of_rna) < len(pwms):
        of_dna = len(pwms) - len(of_rna)
        are = agreeing(of_dna, "is of DNA; it is read as it stands", "are of DNA; they are read as they stand")
        return f"{counted(of_dna, 'matrix', 'matrices')} {are}, on the forward strand."
    return ""
