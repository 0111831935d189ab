"""The real sets of the motif-recovery benchmark: where they lie, what must be found in them, and how that is judged."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from cases import Case, Known, Record, divide, shuffled

from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.alphabet import ALPHABETS
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.tomtom import tomtom
from sparling_genomics.worlds.planted import consensus_motif

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"
STREME = SHARED / "peers/streme_5.5.8.tsv"
JASPAR = "jaspar2024_core_nonredundant.meme.gz"
SECONDARY_E = 1e-5
"""STREME's motifs up to this E-value count as secondary motifs of a set."""


@dataclass(frozen=True)
class Truth:
    """A motif that must be found: a matrix of the database, or a consensus of IUPAC letters.

    The matrices that Tomtom finds like it at q < 0.01 count as well, and those whose second names match ``also``
    (families whose matrices Tomtom does not find alike). ``only``: names that count and no others.
    """

    motif: str
    also: str = ""
    only: str = ""


@dataclass(frozen=True)
class RecoverySet:
    """One set: file under shared/data, what must be found, and the database that names it.

    ``limit`` training sequences of either label. ``null``: the sequences are replaced by shuffled copies, in which
    there is nothing to find.
    """

    name: str
    path: str
    truth: tuple[Truth, ...]
    alphabet: str = "dna"
    database: str = JASPAR
    limit: int = 5000
    null: bool = False

    def case(self, seed: int, folder: Path) -> Case:
        """The set as the tools get it; ``seed`` decides what is random about it."""
        foreground, background, test = divide(self.records(), self.limit, seed)
        if self.null:
            foreground = [r._replace(label=1) for r in shuffled(foreground, np.random.default_rng([seed, 12]))]
            background = []
            test = [r._replace(label=i % 2) for i, r in enumerate(r for r in test if r.label == 0)]
        known, secondary = ((), ()) if self.null else self.motifs()
        made = background or shuffled(foreground, np.random.default_rng([seed, 13]))
        return Case(
            name=self.name,
            seed=seed,
            folder=folder,
            alphabet=self.alphabet,
            database=SHARED / "data/motifs" / self.database,
            foreground=tuple(foreground),
            background=tuple(made),
            test=tuple(test),
            given_background=bool(background),
            known=known,
            secondary=secondary,
            negatives="given" if not self.null and any(r.label == 0 for r in self.records()) else "shuffled",
        )

    def motifs(self) -> tuple[tuple[Known, ...], tuple[Known, ...]]:
        """What must be found, and what STREME found beside it."""
        return _motifs(self)

    def streme(self) -> dict[str, str] | None:
        """STREME's recorded figures on this set and with its kind of background; None without a record."""
        if self.null or not STREME.exists():
            return None
        stem = Path(self.path).name.removesuffix(".fa.gz")
        given = any(record.label == 0 and not record.test for record in self.records())
        with STREME.open() as handle:
            for row in csv.DictReader(handle, delimiter="\t"):
                if row["set"] == stem and (row["negatives"] == "given") == given:
                    return row
        return None

    def records(self) -> list[Record]:
        """All sequences of its file, in their order."""
        return _records(SHARED / "data" / self.path)


@cache
def _records(path: Path) -> list[Record]:
    return [
        Record(r.name, r.codes, int(r.attributes.get("label", "1")), r.attributes.get("split") == "test")
        for r in read_fasta(path)
    ]


@cache
def _motifs(chosen: RecoverySet) -> tuple[tuple[Known, ...], tuple[Known, ...]]:
    database = read_meme(SHARED / "data/motifs" / chosen.database)
    known = tuple(_known(truth, database, chosen.alphabet) for truth in chosen.truth)
    row = chosen.streme()
    listed = parse_streme(row["motifs_E<=0.05 (consensus>match:E)"]) if row else []
    secondary = [
        Known(consensus, consensus_motif(consensus, consensus, alphabet=ALPHABETS[chosen.alphabet]))
        for consensus, e in listed
        if e <= SECONDARY_E
    ]
    matches = tomtom([s.pwm for s in secondary], database, reverse_complement=chosen.alphabet == "dna")
    family = frozenset[str]().union(*(k.targets for k in known))
    new = [
        motif
        for motif, targets in zip(secondary, matches, strict=True)
        if not any(match.target in family and match.q < 0.05 for match in targets)
    ]
    return known, tuple(new)


def parse_streme(cell: str) -> list[tuple[str, float]]:
    """Consensus and E-value of each motif in a cell of STREME's recorded results.

    >>> parse_streme("WGCAUGHD>RBFOX3:8e-03 ; VTGASTCAB>FOSB::JUNB:1e-07")
    [('WGCAUGHD', 0.008), ('VTGASTCAB', 1e-07)]
    """
    entries = (entry.strip() for entry in cell.split(";") if entry.strip())
    return [(entry.partition(">")[0], float(entry.rpartition(":")[2])) for entry in entries]


def _known(truth: Truth, database: list[Pwm], alphabet: str) -> Known:
    pwm = next((pwm for pwm in database if pwm.name == truth.motif), None)
    if pwm is None:
        return Known(truth.motif, consensus_motif(truth.motif, truth.motif, alphabet=ALPHABETS[alphabet]))
    if truth.only:
        return Known(truth.motif, pwm, frozenset(p.name for p in database if re.fullmatch(truth.only, p.name)))
    matches = tomtom([pwm], database, reverse_complement=alphabet == "dna")[0]
    named = {p.name for p in database if truth.also and re.fullmatch(truth.also, p.alt_name)}
    return Known(truth.motif, pwm, frozenset(named | {match.target for match in matches if match.q < 0.01}))


def _encode(factor: str, *truth: Truth) -> RecoverySet:
    return RecoverySet(factor.split("_")[0], f"tf_chip/{factor}_encode_101bp.fa.gz", truth)


def _rna(name: str, path: str, *truth: Truth) -> RecoverySet:
    return RecoverySet(name, path, truth, "rna", "rbns_psams_human.meme.gz", limit=10**9)


_TOP500 = "tf_chip/CTCF_top500_200bp.fa.gz"
_GABPA = "tf_chip/GABPA_GM12878_encode_101bp.fa.gz"

SETS = [
    RecoverySet("CTCF_top500", _TOP500, (Truth("MA0139.2"),)),
    RecoverySet("TP73", "tf_chip/TP73_200bp.fa.gz", (Truth("MA0861.2"),)),
    _encode("USF1_HepG2", Truth("MA0093.4")),
    _encode("GABPA_GM12878", Truth("MA0062.4")),
    _encode("YY1_H1", Truth("MA0095.4", also=r"Y[Yy][12]|ZFP42|pho|phol")),
    _encode("FOXA1_HepG2", Truth("MA0148.5", also=r"(?i)fox.*|fkh.*")),
    _encode("TEAD4_H1", Truth("MA0809.3")),
    _encode("SRF_H1", Truth("MA0083.3", also=r"AGL\d+|SEP\d|SOC1|SVP|FLC|AP1|AG|SMZ")),
    _encode("MYC_H1", Truth("MA0147.4", also=r"mxl-1|M[Yy][Cc]N?|MAX(::MYC)?")),
    _encode("CTCFL_K562", Truth("MA0139.2")),
    _encode("ELK1_GM12878", Truth("MA0028.3")),
    _encode(
        "SP1_GM12878",
        Truth("MA0060.4", also=r"(?i)nfy[abc](-1)?|hap[235]"),
        Truth("MA0079.5", also=r"(?i)sp\d+|klf.*|spps"),
    ),
    RecoverySet("NFE2", "tf_chip/NFE2_GM12878_encode.fa.gz", (Truth("MA0526.5"),)),
    RecoverySet("SALL4", "tf_selex/SALL4_ZFC4_htselex_20bp.fa.gz", (Truth("AATAT"),)),
    _rna("PUM2", "rbp_clip/PUM2_parclip_101nt.fa.gz", Truth("RBNS_PUM1_1", only="RBNS_PUM1_[0-4]")),
    _rna(
        "RBFOX3",
        "rbp_rbns/RBFOX3_rbns_20nt.fa.gz",
        Truth("RBNS_RBFOX3_0", only="RBNS_RBFOX[23]_0|RBNS_POLR2G_0"),  # the matrices that read GCAUG
    ),
    _rna(
        "TARDBP",
        "rbp_clip/TARDBP_iclip_101nt.fa.gz",
        Truth("GUGUGU"),
        Truth("RBNS_TARDBP_0", only="RBNS_TARDBP_[02]"),  # UGAAUG
    ),
    RecoverySet("null_CTCF_top500", _TOP500, (), null=True),
    RecoverySet("null_GABPA", _GABPA, (), null=True),
]
