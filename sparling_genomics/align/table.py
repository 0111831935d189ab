"""concepts.tsv, a line for each motif of each run, those of a concept together; letters.tsv, pairs of motifs."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sparling.names import table_row
from sparling_genomics.align.concepts import Channel, Concept, Part
from sparling_genomics.align.letters import LetterPair
from sparling_genomics.compare.groups import Group, Member
from sparling_genomics.compare.read import ComparedRun

CONCEPT_COLUMNS = (
    *("concept", "name", "runs", "agreement", "places"),
    *("run", "motif_id", "consensus", "strand", "offset", "strength", "motif_places", "common", "correlation"),
    *("verdict", "doubts", "label", "best_match", "match_name", "match_q"),
)
"""``concept`` C1, C2, …, empty for a motif that its own latents do not tell; ``runs`` that have it; ``agreement``,
``places``, ``strength`` and ``common`` as in `concepts.Concept` and `concepts.Part`; ``strand``, ``offset`` and
``correlation`` as in `compare.groups.Member`; the others are the motif's own columns of motifs.tsv and of the audit."""

LETTER_COLUMNS = (
    *("run_a", "motif_a", "run_b", "motif_b", "places_a", "places_b", "shared", "share"),
    *("likeness", "tomtom_q", "one_concept", "one_by_tomtom", "one_by_sites", "right"),
)
"""As in `letters.LetterPair`; yes or no is 1 or 0."""


Line = Sequence[str | float | None]


def write_concepts_tsv(
    path: Path,
    concepts: Sequence[tuple[Concept, Group, str]],
    without: Sequence[Channel],
    runs: Sequence[ComparedRun],
) -> None:
    """Write concepts.tsv: concepts with how their motifs lie and their names, then motifs ``without`` one."""
    lines: list[Line] = []
    for number, (concept, group, name) in enumerate(concepts, start=1):
        head = (f"C{number}", name, len(concept.runs), concept.agreement, len(concept.places))
        lines += [
            (*head, *_part(part, member, runs)) for part, member in zip(concept.parts, group.members, strict=True)
        ]
    for channel in without:
        motif = runs[channel.run].motifs[channel.motif]
        own = (runs[channel.run].name, motif.row.motif_id, motif.row.consensus)
        lines.append((*[None] * 5, *own, *[None] * 6, *_known(channel, runs)))
    _write(path, CONCEPT_COLUMNS, lines)


def write_letters_tsv(path: Path, pairs: Sequence[LetterPair], runs: Sequence[ComparedRun]) -> None:
    """Write letters.tsv."""
    lines: list[Line] = []
    for pair in pairs:
        names = [
            name
            for channel in (pair.first, pair.second)
            for name in (runs[channel.run].name, runs[channel.run].motifs[channel.motif].row.motif_id)
        ]
        said = (int(pair.one_concept), int(pair.by_letters), int(pair.by_sites), pair.right)
        lines.append((*names, *pair.places, pair.shared, pair.share, pair.likeness, pair.q, *said))
    _write(path, LETTER_COLUMNS, lines)


def _part(part: Part, member: Member, runs: Sequence[ComparedRun]) -> tuple[str | float | None, ...]:
    run = runs[part.channel.run]
    own = run.motifs[part.channel.motif].row
    lies = (member.strand, member.offset, part.strength, len(part.places), part.common, member.correlation)
    return (run.name, own.motif_id, own.consensus, *lies, *_known(part.channel, runs))


def _known(channel: Channel, runs: Sequence[ComparedRun]) -> tuple[str | float | None, ...]:
    motif = runs[channel.run].motifs[channel.motif]
    own = motif.row
    return motif.verdict, "; ".join(motif.doubts), own.label, own.best_match, own.match_name, own.match_q


def _write(path: Path, columns: Sequence[str], lines: Iterable[Line]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(table_row(columns))
        file.writelines(map(table_row, lines))
