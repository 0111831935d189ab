"""From files to a table of enriched matrices: what ``sparling motifs enrich`` does, and `enrich` from Python."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from sparling.atomic import write_atomically
from sparling.errors import InputError, SettingOutOfRange
from sparling.plurals import agreeing, counted
from sparling.training.devices import one_thread
from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.data.dataset import SequenceDataset, load_dataset
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.text_files import check_lasting, input_error
from sparling_genomics.known.alphabets import check_alphabet
from sparling_genomics.known.best_sites import best_scores, best_sites, rounded_log_odds
from sparling_genomics.known.enrichment import Judged, judged
from sparling_genomics.known.families import families
from sparling_genomics.known.halves import choosing_half, first_of_clusters
from sparling_genomics.known.table import EnrichedRow
from sparling_genomics.letters.pwm import UNIFORM, Pwm

if TYPE_CHECKING:
    import pandas as pd

SIGNIFICANCE = 0.05
SHORTEST = 8
LONGEST = 20_000
AT_ONCE = 256
"""Matrices whose scores are held at once."""
FEW = 40
"""Bound sequences, below which half of them hardly proves anything in a whole database."""
UNLIKE = 1.1
"""Times as long, at which the lengths of bound and unbound sequences alone make a difference."""


class Enrichment(NamedTuple):
    """What was found, the smallest P first."""

    rows: list[EnrichedRow]
    matrices: list[Pwm]
    """Of the rows, as the database has them."""
    noticed: list[str]
    """What a user should know, in sentences."""

    @property
    def leading(self) -> list[Pwm]:
        """The matrices that lead a family, E below `SIGNIFICANCE`."""
        return [pwm for row, pwm in zip(self.rows, self.matrices, strict=True) if row.family == row.motif_id]


def enrichment(
    fasta: Path,
    db: Path,
    *,
    negatives: Path | None = None,
    labels: Path | None = None,
    alphabet: str | None = None,
    norc: bool = False,
    seed: int = 0,
) -> Enrichment:
    """Every matrix of ``db`` tested on the sequences of files; labels, alphabet and strands as in `load_dataset`.

    Without unbound sequences it is against a shuffled copy of each. Raises ``InputError`` for every fault of the files,
    and where matrices of RNA are to be read in DNA.
    """
    if seed < 0:
        raise SettingOutOfRange("seed", seed, "0 or more")
    files = {"fasta": fasta, "db": db, "negatives": negatives, "labels": labels}
    for name, path in files.items():
        if path is not None:
            check_lasting(path, name)
    database = read_motifs(db)
    data = load_dataset(
        fasta,
        negatives=negatives,
        labels=labels,
        alphabet=alphabet,
        norc=norc,
        min_length=SHORTEST,
        max_length=LONGEST,
        seed=seed,
    )
    if data.targets is not None:
        raise input_error("several labels or values, expected one column of 0 and 1", labels or fasta)
    noticed = [database.notice(), check_alphabet(database.motifs, data.alphabet, db)]
    everything = with_all_shuffled(data, seed)
    noticed += [f"{counted(number, 'sequence')} {reason}." for reason, number in data.skipped.items()]
    rows, matrices, said = of_dataset(everything, database.motifs, seed)
    return Enrichment(rows, matrices, [sentence for sentence in (*noticed, *said) if sentence])


def enrich(
    fasta: Path | str,
    db: Path | str,
    *,
    negatives: Path | str | None = None,
    labels: Path | str | None = None,
    alphabet: Literal["dna", "rna"] | None = None,
    norc: bool = False,
    seed: int = 0,
) -> "pd.DataFrame":
    """How enriched each matrix of the database ``db`` is in the bound sequences of ``fasta``: a row a matrix.

    What ``sparling motifs enrich`` does, with its options; columns as in its table, the smallest P first. Raises
    ``InputError`` for any fault of the input.
    """
    import pandas as pd

    found = enrichment(
        Path(fasta),
        Path(db),
        negatives=None if negatives is None else Path(negatives),
        labels=None if labels is None else Path(labels),
        alphabet=alphabet,
        norc=norc,
        seed=seed,
    )
    return pd.DataFrame(found.rows, columns=list(EnrichedRow._fields))


def write_leading(path: Path, found: Enrichment) -> None:
    """Write the leading matrices as a MEME file, the smallest P first, whole or not at all."""
    leading = [
        replace(pwm, name="_".join(pwm.name.split()), alt_name="_".join(pwm.alt_name.split()), background=UNIFORM)
        for pwm in found.leading
    ]
    write_atomically(path, lambda temporary: write_meme(temporary, leading))


def of_dataset(data: SequenceDataset, pwms: Sequence[Pwm], seed: int) -> tuple[list[EnrichedRow], list[Pwm], list[str]]:
    """Rows and matrices, the smallest P first, and what is odd; ``data`` holds bound and unbound sequences.

    Raises ``InputError`` where no half would have sequences of both labels.
    """
    single = first_of_clusters(data)
    bound, choosing = single.labels == 1, choosing_half(single, seed)
    for half in (choosing, ~choosing):
        if not (bound & half).any() or not (~bound & half).any():
            raise InputError("too few different sequences, expected bound and unbound ones in either half")
    odds = rounded_log_odds(pwms, single.background)
    with one_thread():
        found = _judged(single, odds, choosing)
        order = sorted(range(len(pwms)), key=lambda i: (found[i].log_p, -found[i].auroc))
        significant = [i for i in order if found[i].log_p < math.log(SIGNIFICANCE / len(pwms))]
        places = best_sites(single.subset(bound & ~choosing), [odds[i] for i in significant])
    cuts = np.array([found[i].cut for i in significant])
    by_chance = np.array([found[i].unbound_with / found[i].unbound for i in significant])
    members = families(places, [len(odds[i]) for i in significant], cuts, by_chance)
    names = [pwms[significant[each.head]].name for each in members]
    q = false_discovery_control(np.exp([found[i].log_p for i in order]))
    rows = [_row(pwms[i], found[i], len(pwms), float(own)) for i, own in zip(order, q, strict=True)]
    rows = [
        row if n >= len(members) else row._replace(family=names[n], shared=members[n].shared)
        for n, row in enumerate(rows)
    ]
    return rows, [pwms[i] for i in order], _odd(single, bound)


def _judged(data: SequenceDataset, odds: Sequence[NDArray[np.float64]], choosing: NDArray[np.bool_]) -> list[Judged]:
    """Each matrix, a part of them at a time: scores of all would fill the memory. Like widths are read together."""
    bound, of = data.labels == 1, dict[int, Judged]()
    order = sorted(range(len(odds)), key=lambda i: len(odds[i]))
    for first in range(0, len(order), AT_ONCE):
        part = order[first : first + AT_ONCE]
        score = best_scores(data, [odds[i] for i in part])
        of |= {i: judged(score[:, k], bound, choosing) for k, i in enumerate(part)}
    return [of[i] for i in range(len(odds))]


def _row(pwm: Pwm, found: Judged, number: int, q: float) -> EnrichedRow:
    p = math.exp(found.log_p)
    return EnrichedRow(
        motif_id=pwm.name,
        name=pwm.alt_name or pwm.name,
        consensus=pwm.consensus(),
        p_value=p,
        e_value=p * number,
        q_value=q,
        log10_p=found.log_p / math.log(10),
        auroc=found.auroc,
        bound_share=found.bound_with / found.bound,
        unbound_share=found.unbound_with / found.unbound,
        bound_with=found.bound_with,
        bound=found.bound,
        unbound_with=found.unbound_with,
        unbound=found.unbound,
        cut=None if math.isinf(found.cut) else found.cut,
        family="",
        shared=None,
    )


def _odd(data: SequenceDataset, bound: NDArray[np.bool_]) -> list[str]:
    """Sentences on few sequences, and on labels that differ in length."""
    said = []
    if (number := int(bound.sum())) < FEW:
        are = agreeing(number, "is", "are")
        said.append(
            f"{counted(number, 'bound sequence')} without relatives {are} few: half of them choose cuts, "
            "half are tested."
        )
    longer, shorter = sorted((float(data.lengths[own].mean()) for own in (bound, ~bound)), reverse=True)
    if longer > UNLIKE * shorter:
        said.append(
            f"Bound and unbound sequences differ in length ({data.lengths[bound].mean():.0f} and "
            f"{data.lengths[~bound].mean():.0f} bp on average): the longer ones have more sites by chance."
        )
    return said
