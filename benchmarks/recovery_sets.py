"""The sets of the motif-recovery benchmark: where they lie, what must be found in them, and how that is judged."""

import gzip
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


@dataclass(frozen=True)
class RecoverySet:
    """One set: file under shared/data, the database and the matrix in it that is the truth."""

    name: str
    path: str
    truth: str
    known_auroc: float
    alphabet: str = "dna"
    database: str = "jaspar2024_core_nonredundant.meme.gz"
    limit: int = 5000
    also: str = ""
    """Names (a regular expression) that count as well: families whose matrices Tomtom does not find alike."""
    only: str = ""
    """Names that count and no others."""


def _encode(factor: str, truth: str, auroc: float, also: str = "") -> RecoverySet:
    path = f"tf_chip/{factor}_encode_101bp.fa.gz"
    return RecoverySet(factor.split("_")[0], path, truth, auroc, also=also)


SETS = [
    RecoverySet("CTCF_top500", "tf_chip/CTCF_top500_200bp.fa.gz", "MA0139.2", 0.973),
    _encode("USF1_HepG2", "MA0093.4", 0.976),
    _encode("GABPA_GM12878", "MA0062.4", 0.907),
    _encode("YY1_H1", "MA0095.4", 0.901, also=r"Y[Yy][12]|ZFP42|pho|phol"),
    _encode("FOXA1_HepG2", "MA0148.5", 0.918, also=r"(?i)fox.*|fkh.*"),
    _encode("TEAD4_H1", "MA0809.3", 0.934),
    _encode("SRF_H1", "MA0083.3", 0.820, also=r"AGL\d+|SEP\d|SOC1|SVP|FLC|AP1|AG|SMZ"),
    _encode("MYC_H1", "MA0147.4", 0.820, also=r"mxl-1|M[Yy][Cc]N?|MAX(::MYC)?"),
    _encode("CTCFL_K562", "MA0139.2", 0.948),
    _encode("ELK1_GM12878", "MA0028.3", 0.921),
    RecoverySet(
        "PUM2",
        "rbp_clip/PUM2_parclip_101nt.fa.gz",
        "RBNS_PUM1_1",
        0.889,
        "rna",
        "rbns_psams_human.meme.gz",
        limit=10**9,
        only="RBNS_PUM1_[0-4]",
    ),
    RecoverySet(
        "RBFOX3",
        "rbp_rbns/RBFOX3_rbns_20nt.fa.gz",
        "RBNS_RBFOX3_0",
        0.803,
        "rna",
        "rbns_psams_human.meme.gz",
        limit=10**9,
        only="RBNS_RBFOX[23]_0|RBNS_POLR2G_0",  # the matrices that read GCAUG
    ),
]


def write_fasta(recovery_set: RecoverySet, target: Path) -> None:
    """The first ``limit`` training records and all test records of the set, as given, to ``target``."""
    kept, training = [], 0
    with gzip.open(SHARED / "data" / recovery_set.path, "rt") as handle:
        for block in handle.read().split(">")[1:]:
            header = block.split("\n", 1)[0]
            if "split=test" not in header:
                training += 1
                if training > recovery_set.limit:
                    continue
            kept.append(">" + block)
    target.write_text("".join(kept))
