"""Variants: VCF, plain or bgzip, and BCF, read by pysam; VCF written with fields of our own in INFO."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

import pysam

from sparling.names import printable
from sparling_genomics.files.text_files import input_error, numbered_lines

ORDINARY_GZIP = "ordinary gzip, expected a plain file or bgzip: gunzip -c FILE | bgzip > NEW.vcf.gz"
_SAID = 120
_INFO = 7
"""Column, counted from 0."""
_KEPT = str.maketrans({" ": "_", ",": "_", ";": "_", "=": "_", "\t": "_"})
"""What a value of INFO has no room for."""


class Carried(NamedTuple):
    """What one sample has of a record: the number of its allele on each haplotype, 0 for the reference, None unknown.

    ``phased``: whether the haplotypes are those of the records beside it; ``phase_set`` in which they are.
    """

    alleles: tuple[int | None, ...]
    phased: bool
    phase_set: int | None


@dataclass(frozen=True)
class Variant:
    """One record.

    Fields: ``chrom``; ``start`` 0-based; ``reference`` and ``alternatives`` as letters or symbols, as they stand;
    ``name`` its ID, "" where there is none; ``number`` of the record from 1, ``line`` in the file, None in BCF;
    ``carried`` by the sample that was asked for; ``text`` the whole record as a line of VCF without its end.
    """

    chrom: str
    start: int
    reference: str
    alternatives: tuple[str, ...]
    name: str
    number: int
    line: int | None
    carried: Carried | None
    text: str

    @property
    def end(self) -> int:
        """Behind the last letter of the reference, 0-based."""
        return self.start + len(self.reference)


class Field(NamedTuple):
    """A field of INFO: one value for each alternative allele (``number`` "A"), or as many as there are (".")."""

    name: str
    number: str
    kind: str
    """Float, Integer or String."""
    description: str


@dataclass(frozen=True, eq=False)
class VariantFile:
    """A file of variants: ``path``, ``samples`` in order, ``header`` as text without the line of column names."""

    path: Path
    samples: tuple[str, ...]
    header: str
    columns: str
    lines_before: int | None

    def variants(self, sample: str | None = None) -> Iterator[Variant]:
        """The records in order, with what ``sample`` carries.

        Raises ``InputError`` with path and line for a sample that is not there and a record that cannot be read.
        """
        if sample is not None and sample not in self.samples:
            known = ", ".join(self.samples[:5]) or "none"
            raise input_error(f"no sample {sample!r}; there are: {known}", self.path)
        number = 0
        with _open(self.path) as file:
            records = iter(file)
            while True:
                line = None if self.lines_before is None else self.lines_before + number + 1
                try:
                    with _silent():
                        variant = _variant(next(records), sample, number + 1, line)
                except StopIteration:
                    return
                except Exception as error:  # whatever broken records lead htslib and pysam to
                    place = "" if line is not None else f", record {number + 1}"
                    said = shorten(str(error) or type(error).__name__, _SAID, placeholder=" …")
                    raise input_error(f"a record that is no VCF ({said}){place}", self.path, line) from error
                number += 1
                yield variant


def open_variants(path: Path) -> VariantFile:
    """The variants in a VCF (plain or bgzip) or BCF file. Raises ``InputError`` where it is none of these."""
    if not path.is_file():
        raise input_error("a directory, expected a file" if path.is_dir() else "no such file", path)
    with _open(path) as file:
        if file.compression == "GZIP":
            raise input_error(ORDINARY_GZIP, path)
        with _silent():
            *header, columns = str(file.header).removesuffix("\n").split("\n")
            samples = tuple(file.header.samples)
        is_bcf = file.format == "BCF"
    before = None
    if not is_bcf:
        before = 0
        for number, line in numbered_lines(path):
            if not line.startswith("#"):
                break
            before = number
    return VariantFile(path, samples, "".join(f"{line}\n" for line in header), columns + "\n", before)


def _open(path: Path) -> pysam.VariantFile:
    try:
        with _silent():
            return pysam.VariantFile(os.fspath(path))
    except NotImplementedError as error:  # pysam asks for a place in the file, which ordinary gzip has not
        raise input_error(ORDINARY_GZIP, path) from error
    except (OSError, ValueError) as error:
        if "truncated" in str(error):
            raise input_error("the file is cut off; is it complete?", path) from error
        raise input_error("no VCF or BCF, expected a first line ##fileformat=VCF…", path) from error


@contextmanager
def _silent() -> Iterator[None]:
    """htslib says nothing on stderr: what is wrong is raised. Bytes that are no UTF-8 become U+FFFD, as in all text."""
    verbosity, handler = pysam.set_verbosity(0), pysam.set_encoding_error_handler("replace")
    try:
        yield
    finally:
        pysam.set_verbosity(verbosity)
        pysam.set_encoding_error_handler(handler)


def _variant(record: pysam.VariantRecord, sample: str | None, number: int, line: int | None) -> Variant:
    return Variant(
        record.chrom,
        record.start,
        record.ref or "",
        tuple(record.alts or ()),
        record.id or "",
        number,
        line,
        None if sample is None else _carried(record.samples[sample]),
        str(record).rstrip("\n"),
    )


def _carried(call: pysam.VariantRecordSample) -> Carried:
    alleles = tuple(call.allele_indices or ())
    phase_set = call.get("PS") if "PS" in call else None
    return Carried(alleles, bool(call.phased), phase_set if isinstance(phase_set, int) else None)


def info_word(text: str) -> str:
    """The text with an underscore for what a value of INFO has no room for.

    >>> info_word("symbolic allele, or; none")
    'symbolic_allele__or__none'
    """
    return printable(text).translate(_KEPT)


def header_with(file: VariantFile, fields: Sequence[Field]) -> str:
    """The header of ``file`` with these fields of INFO declared, and the line of column names."""
    declared = "".join(
        f'##INFO=<ID={f.name},Number={f.number},Type={f.kind},Description="{f.description}">\n' for f in fields
    )
    return file.header + declared + file.columns


def with_info(variant: Variant, values: Mapping[str, str]) -> str:
    """The record as a line of VCF with these fields in INFO, behind those that it has.

    >>> bare = Variant("I", 4, "A", ("G",), "", 1, 9, None, "I\\t5\\t.\\tA\\tG\\t.\\t.\\t.")
    >>> with_info(bare, {"X": "1.5"})
    'I\\t5\\t.\\tA\\tG\\t.\\t.\\tX=1.5\\n'
    """
    cells = variant.text.split("\t")
    own = [cells[_INFO]] if cells[_INFO] not in ("", ".") else []
    cells[_INFO] = ";".join([*own, *(f"{name}={value}" for name, value in values.items())]) or "."
    return "\t".join(cells) + "\n"
