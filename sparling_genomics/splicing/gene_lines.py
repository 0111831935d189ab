"""Lines of a GTF or GFF3 file: exons and coding parts of each transcript, and what stands above them.

Which of the two it is, column 9 of the first feature says (``gene_id "g1";`` or ``ID=g1;``), not the name of the file.
Sources: GFF3 specification 1.26 (Sequence Ontology), GTF 2.2 (Brent lab).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import Literal, NamedTuple
from urllib.parse import unquote

from sparling.plurals import counted
from sparling_genomics.files.text_files import input_error, numbered_lines, shown, whole_number
from sparling_genomics.letters.intervals import FARTHEST

COLUMNS = 9
_GTF_PAIR = re.compile(r'\s*([^\s"]+)\s+(?:"([^"]*)"|([^\s;"]+))\s*(?:;|$)')
_GTF_TRANSCRIPT = re.compile(r'(?:^|;)\s*transcript_id "([^"]+)"')
_PARTS = ("exon", "CDS")
BIOTYPES = ("gene_biotype", "gene_type", "biotype", "transcript_biotype", "transcript_type")
NAMES = ("gene_name", "gene", "Name", "gene_id")

Kind = Literal["GTF", "GFF3"]


class Part(NamedTuple):
    """An exon, or its coding part: [start, end) on the forward strand, 0-based; where it stands in the file."""

    start: int
    end: int
    chrom: str
    strand: str
    line: int


@dataclass(frozen=True)
class Feature:
    """What is said of a transcript or a gene. ``parents`` by ID; ``tags`` such as MANE_Select."""

    type: str
    parents: tuple[str, ...]
    name: str
    biotype: str
    tags: frozenset[str]


@dataclass
class GeneLines:
    """All that a file says of genes: features, exons and coding parts by the ID of what they belong to."""

    kind: Kind
    features: dict[str, Feature] = field(default_factory=dict)
    exons: dict[str, list[Part]] = field(default_factory=dict)
    coding: dict[str, list[Part]] = field(default_factory=dict)
    split: set[str] = field(default_factory=set)
    """Transcripts that are spliced out of several molecules, and say so."""


def read_gene_lines(path: Path | str) -> GeneLines:
    """Read a GTF or GFF3 file, plain or gzip; a ``##FASTA`` section ends it.

    Raises ``InputError`` with path and line for a line of other than nine columns, coordinates that are no numbers or
    end before they start, a strand other than + and - (. and ? of features that are no parts of transcripts are read),
    an exon of no transcript, and a file without features.
    """
    found: GeneLines | None = None
    for number, columns in _features(path):
        if found is None and columns[8].strip() not in ("", "."):
            found = GeneLines("GTF" if _is_gtf(columns[8]) else "GFF3")
        if found is None:
            continue
        kind, is_part = found.kind, columns[2] in _PARTS
        if not is_part and kind == "GTF" and columns[2] not in ("transcript", "gene"):
            continue
        if not is_part and kind == "GFF3" and "ID=" not in columns[8]:
            continue
        said = _of_known(found, columns[8]) if is_part and kind == "GTF" else attributes(columns[8], kind)
        if not is_part and kind == "GFF3" and "ID" not in said:
            continue
        if is_part:
            _take_part(found, said, _part(path, number, columns), columns[2], path)
        else:
            _take_feature(found, said, columns[2])
    if found is None:
        raise input_error("no features, expected GTF or GFF3", path)
    return found


def attributes(text: str, kind: Kind) -> dict[str, str]:
    """Column 9 as names and values; values of a name that comes again are joined by commas, URL escapes stay.

    >>> attributes('gene_id "g1"; tag "basic"; tag "MANE_Select"; level 2;', "GTF")
    {'gene_id': 'g1', 'tag': 'basic,MANE_Select', 'level': '2'}
    >>> attributes("ID=t1;Parent=g1,g2;Name=a%2Cb", "GFF3")
    {'ID': 't1', 'Parent': 'g1,g2', 'Name': 'a%2Cb'}
    """
    found: dict[str, str] = {}
    if kind == "GTF":
        pairs = [(name, quoted or plain) for name, quoted, plain in _GTF_PAIR.findall(text)]
    else:
        pairs = [(name.strip(), value.strip()) for name, _, value in (each.partition("=") for each in text.split(";"))]
    for name, value in pairs:
        if name:
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _of_known(found: GeneLines, text: str) -> dict[str, str]:
    """`attributes` of a line of GTF; of a transcript that is known its name alone, for most lines repeat the same."""
    named = _GTF_TRANSCRIPT.search(text)
    if named is None or named[1] not in found.features or "exception" in text:
        return attributes(text, "GTF")
    return {"transcript_id": named[1]}


def _features(path: Path | str) -> Iterator[tuple[int, list[str]]]:
    for number, line in numbered_lines(path):
        if line.startswith((">", "##FASTA")):
            return
        if line.startswith("#") or not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) == COLUMNS - 1:
            columns.append("")  # some files leave out the tab before empty attributes
        if len(columns) != COLUMNS:
            said = f"{counted(len(columns), 'tab-separated column')}, expected the {COLUMNS} of GTF or GFF3"
            raise input_error(said, path, number)
        yield number, columns


def _is_gtf(text: str) -> bool:
    return re.match(r'\s*\w+\s+"', text) is not None or "=" not in text


def _part(path: Path | str, number: int, columns: list[str]) -> Part:
    start, end = whole_number(columns[3]), whole_number(columns[4])
    if start is None or end is None:
        said = f"start and end must be whole numbers, got {shown(columns[3])} and {shown(columns[4])}"
        raise input_error(said, path, number)
    if start < 1:
        raise input_error(f"start must be 1 or more, got {start}", path, number)
    if end > FARTHEST:
        raise input_error(f"end must be at most {FARTHEST:,}, got {end:,}", path, number)
    if start > end:
        raise input_error(f"{columns[2]} starts at {start:,}, behind its end {end:,}", path, number)
    if columns[6] not in ("+", "-"):
        raise input_error(f"strand of an {columns[2]} must be + or -, got {shown(columns[6])}", path, number)
    return Part(start - 1, end, intern(unquote(columns[0])), columns[6], number)


def _take_part(found: GeneLines, said: dict[str, str], part: Part, type: str, path: Path | str) -> None:
    into = found.exons if type == "exon" else found.coding
    owners = [said.get("transcript_id", "")] if found.kind == "GTF" else said.get("Parent", "").split(",")
    if owners == [""]:
        wanted = "transcript_id" if found.kind == "GTF" else "Parent"
        raise input_error(f"{type} of no transcript, {wanted} is missing", path, part.line)
    for owner in owners:
        into.setdefault(owner, []).append(part)
        if said.get("exception") == "trans-splicing":
            found.split.add(owner)
    if found.kind == "GTF" and owners[0] not in found.features:
        found.features[owners[0]] = _feature("transcript", said, (said.get("gene_id", owners[0]),))
        _take_gene(found, said)


def _take_feature(found: GeneLines, said: dict[str, str], type: str) -> None:
    if found.kind == "GFF3":
        parents = tuple(each for each in said.get("Parent", "").split(",") if each)
        found.features[said["ID"]] = _feature(type, said, parents)
        if said.get("exception") == "trans-splicing":
            found.split.add(said["ID"])
    elif type == "transcript" and "transcript_id" in said:
        found.features[said["transcript_id"]] = _feature(type, said, (said.get("gene_id", said["transcript_id"]),))
        _take_gene(found, said)
    elif type == "gene" and "gene_id" in said:
        found.features[said["gene_id"]] = _feature(type, said, ())


def _take_gene(found: GeneLines, said: dict[str, str]) -> None:
    """The gene of a GTF line, where none of its own is there."""
    if "gene_id" in said and said["gene_id"] not in found.features:
        found.features[said["gene_id"]] = _feature("gene", said, ())


def _feature(type: str, said: dict[str, str], parents: tuple[str, ...]) -> Feature:
    name = next((said[key] for key in NAMES if key in said), "")
    biotype = next((said[key] for key in BIOTYPES if key in said), "")
    tags = frozenset(unquote(tag) for tag in said.get("tag", "").replace("%2C", ",").split(",") if tag)
    return Feature(type, parents, unquote(name), biotype, tags)
