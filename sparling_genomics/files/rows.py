"""What a line of each of a run's tables says: a motif, what it does, its match, a pair of motifs, a site."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sparling_genomics.letters.orientation import palindromic
from sparling_genomics.letters.pwm import Pwm

# Where a site lies on the genome, empty where the name of its sequence has no coordinates.
GENOME_COLUMNS = ("chrom", "chrom_start", "chrom_end", "chrom_strand")
# Columns of the table of sites. `start`, `end` and `strand` are those in the sequence. `score` is the activation,
# `label` 1 bound, 0 unbound. `beyond_end`: letters of the motif that lie beyond an end of the sequence, by which the
# site is shorter than the motif; `prediction_without`: what would be predicted of the sequence if this site were
# silenced in the map. Tables of earlier versions lack the last two.
SITE_COLUMNS = (
    "motif_id",
    "sequence",
    "start",
    "end",
    "strand",
    "score",
    "label",
    "split",
    *GENOME_COLUMNS,
    "beyond_end",
    "prediction_without",
)

CARRIER_SHARES = ("bound_share", "unbound_share", "fold")


class Effect(NamedTuple):
    """One motif's part in the whole."""

    effect: float | None
    """Mean rise of the predicted probability of being bound, where the motif has a site, over the same map without it;
    below 0 if it speaks against. None where no test sequence has one."""
    necessity: float | None
    """Share of the sequences with a site and predicted bound that are not any more without it."""
    p_value: float
    """Of its enrichment on the test side, in clusters of sequences."""
    e_value: float
    """``p_value`` times the motifs reported."""
    centrality: float | None
    """Mean distance of a site from the middle of its sequence: 0 in the middle, 1 at the end, 0.5 if at random."""
    central_p: float | None
    """P of a centrality as small by chance."""


class Carriers(NamedTuple):
    """How many sequences have a motif, of all sides: counted from the table of sites, as it stands in the files."""

    sites: int
    """In bound sequences: its lines in sites.bed."""
    bound_with: int
    """Bound sequences with a site, ..."""
    bound: int
    """... of so many."""
    unbound_with: int
    unbound: int

    @property
    def bound_share(self) -> float | None:
        """Share of the bound sequences with a site; None without any.

        >>> Carriers(12, 10, 40, 1, 40).bound_share, Carriers(12, 10, 40, 1, 40).fold
        (0.25, 10.0)
        """
        return self.bound_with / self.bound if self.bound else None

    @property
    def unbound_share(self) -> float | None:
        """Share of the unbound sequences with a site; None without any."""
        return self.unbound_with / self.unbound if self.unbound else None

    @property
    def fold(self) -> float | None:
        """How many times as common in bound as in unbound sequences; None where no unbound one has it."""
        if self.bound_share is None or not self.unbound_share:
            return None
        return self.bound_share / self.unbound_share


class LabelEffect(NamedTuple):
    """What one motif does to one of several labels or values, on the test side."""

    motif_id: str
    label: str
    effect: float | None
    """Mean rise of the predicted probability of the label, or of the predicted value, by the motif, in sequences with a
    site of it; below 0 if it lowers it. None where no sequence has one."""
    sequences: int
    """Those with a site, and of which the label is known."""
    with_site: float | None
    """Their share of label 1, or their mean value."""
    without_site: float | None
    """The same of sequences without a site."""
    p_value: float
    """Of that difference, two-sided: Fisher's exact test, of values (less what pairs of letters tell) Mann and
    Whitney's; relatives count once."""
    e_value: float
    """``p_value`` times motifs times labels."""


class Spacing(NamedTuple):
    """How often two sites lie at one gap in one order."""

    gap: int
    """bp between ends that face each other; below 0: overlap."""
    order: str
    """As in `Pair`."""
    observed: int
    """Bound sequences with both whose strongest sites lie so."""
    expected: float
    """As many in sequences paired at random, in which either motif keeps its places."""


class Pair(NamedTuple):
    """Two motifs in the same bound sequences, of which relatives count once."""

    motif_a: str
    motif_b: str
    first: int
    """Bound sequences with a site of A, ..."""
    second: int
    """... of B, ..."""
    both: int
    """... of both."""
    expected: float
    """With both, if they were independent among bound sequences of like length."""
    expected_either: float
    """With both, if either were enough: where one is, the other is as common as in unbound sequences. At most
    ``expected``."""
    p_both: float
    """P of as many with both, or more, by chance if they were independent; nothing is said of fewer."""
    spacing: int | None
    """The least likely gap between their strongest sites, bp between ends that face each other; below 0: overlap."""
    order: str
    """How they then lie: "A> B>" B behind A on its strand, "A> <B" on the other strand, "B> A>" and "<B A>" before."""
    with_spacing: int
    """Sequences that have this spacing and order."""
    p_spacing: float | None
    """P of one arrangement of all being so common (Bonferroni), as often expected as in sequences paired at random."""
    factor: float | None = None
    """``both`` over ``expected``; None where nothing is expected."""
    factor_low: float | None = None
    """Bounds of its 95 % interval, exact, given how many have A and how many B in each tenth of the lengths."""
    factor_high: float | None = None
    p_both_corrected: float | None = None
    """``p_both`` times the number of pairs (Bonferroni)."""
    p_spacing_corrected: float | None = None
    spacings: tuple[Spacing, ...] = ()
    """Every possible arrangement, where one was seen; in spacings.tsv.gz."""


class Match(NamedTuple):
    """One target of a database that a query motif resembles.

    Fields: names of ``query`` and ``target``; ``target_name`` the target's second name, else its first; ``p`` Tomtom
    p-value of the best alignment; ``e`` expected number of targets this good, p times their number; ``q``
    Benjamini-Hochberg false discovery rate among the targets of this query; ``offset`` column of the query at which the
    target, read on its ``strand`` ("+" or "-"), begins; ``taxon`` of the target, empty where the database says none;
    ``likeness`` of both (`letters.likeness`, whole), None where it was not asked for.
    """

    query: str
    target: str
    target_name: str
    p: float
    e: float
    q: float
    offset: int
    strand: str
    taxon: str = ""
    likeness: float | None = None


class Family(NamedTuple):
    """What a motif is called (`naming.families`)."""

    label: str
    """One word, empty where no matrix of the database is the motif."""
    members: tuple[str, ...] = ()
    """Factors whose matrices are the motif, those that are tied first, each once, as the database writes them."""
    size: int = 0
    """Matrices of the database that are the motif."""


@dataclass(frozen=True)
class MotifRow:
    """One line of motifs.tsv; the names of the fields are those of the columns.

    ``bound_fraction`` share of a motif's sites on the test side that lie in bound sequences, None without any there;
    ``auroc`` of the motif alone, on that side; ``information_bits`` corrected, summed over columns; ``channels`` of the
    model that are the motif; ``effect`` to ``central_p`` as in `effects.Effect`; the ``match`` fields are empty (None)
    without a database; ``match_strand`` the one on which the match reads like the motif; ``palindromic`` where the
    motif is its own reverse complement, so that the strand of its sites is either one; ``started_from`` name of the
    known matrix that its channel started as, ``start_likeness`` their correlation (`letters.likeness`, whole);
    ``label`` the one of several labels, or the end of a value, that stands for "bound" in the line: "CTCF",
    "not CTCF", "high intensity"; ``sites`` to ``fold`` as in `Carriers`, of all sides, None where nobody counted;
    ``family`` to ``family_size`` as in `Family`, ``match_taxon`` that of the best match.
    Tables of earlier versions lack ``match_strand`` and what follows it.
    """

    motif_id: str
    consensus: str
    width: int
    n_sites: int
    bound_fraction: float | None
    auroc: float | None
    best_match: str = ""
    match_q: float | None = None
    match_name: str = ""
    match_p: float | None = None
    match_e: float | None = None
    information_bits: float = 0.0
    channels: tuple[int, ...] = ()
    effect: float | None = None
    necessity: float | None = None
    p_value: float | None = None
    e_value: float | None = None
    centrality: float | None = None
    central_p: float | None = None
    match_strand: str = field(default="", repr=False)
    palindromic: bool = field(default=False, repr=False)
    started_from: str = field(default="", repr=False)
    start_likeness: float | None = field(default=None, repr=False)
    label: str = field(default="", repr=False)
    sites: int | None = field(default=None, repr=False)
    bound_with: int | None = field(default=None, repr=False)
    bound: int | None = field(default=None, repr=False)
    unbound_with: int | None = field(default=None, repr=False)
    unbound: int | None = field(default=None, repr=False)
    bound_share: float | None = field(default=None, repr=False)
    unbound_share: float | None = field(default=None, repr=False)
    fold: float | None = field(default=None, repr=False)
    family: str = field(default="", repr=False)
    family_members: tuple[str, ...] = field(default=(), repr=False)
    family_size: int | None = field(default=None, repr=False)
    match_taxon: str = field(default="", repr=False)

    @classmethod
    def of(
        cls, pwm: Pwm, *, bound_fraction: float | None, auroc: float | None, channels: Sequence[int] = ()
    ) -> "MotifRow":
        """The row of a matrix, whose name is the motif's id.

        >>> round(MotifRow.of(Pwm("M1", [[800, 0, 0, 0]], 800), bound_fraction=1.0, auroc=0.9).information_bits, 2)
        2.0
        """
        return cls(
            motif_id=pwm.name,
            consensus=pwm.consensus(),
            width=pwm.width,
            n_sites=pwm.n_sites,
            bound_fraction=bound_fraction,
            auroc=auroc,
            information_bits=float(pwm.corrected_information().sum()),
            channels=tuple(channels),
            palindromic=palindromic(pwm),
        )

    def with_effect(self, effect: Effect) -> "MotifRow":
        """The same row with what the motif does."""
        return replace(self, **effect._asdict())

    def with_carriers(self, carriers: Carriers) -> "MotifRow":
        """The same row with how many sequences have the motif."""
        shares = {name: getattr(carriers, name) for name in CARRIER_SHARES}
        return replace(self, **carriers._asdict(), **shares)

    @property
    def carriers(self) -> Carriers | None:
        """How many sequences have the motif; None where nobody counted."""
        counts = (self.sites, self.bound_with, self.bound, self.unbound_with, self.unbound)
        known = [count for count in counts if count is not None]
        return Carriers(*known) if len(known) == len(counts) else None

    def with_match(self, match: Match | None, family: Family | None = None) -> "MotifRow":
        """The same row with the fields of a database match and family, or with empty ones."""
        return replace(
            self,
            best_match=match.target if match else "",
            match_name=match.target_name if match else "",
            match_p=match.p if match else None,
            match_e=match.e if match else None,
            match_q=match.q if match else None,
            match_strand=match.strand if match else "",
            match_taxon=match.taxon if match else "",
            family=family.label if family else "",
            family_members=family.members if family else (),
            family_size=family.size if family else None,
        )
