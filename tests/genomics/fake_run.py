"""A run folder as ``sparling motifs train`` leaves it, made up: two motifs, one of them at the centre."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from sparling_genomics.files.motif_files import write_jaspar, write_meme
from sparling_genomics.files.rows import SITE_COLUMNS, Match, MotifRow
from sparling_genomics.files.tables import write_motifs_tsv, write_sites_bed, write_sites_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.logo import draw_logo

LENGTH, BOUND, UNBOUND = 201, 1850, 1850
REJECTED = [[0, 0, 40, 0], [0, 40, 0, 0], [1, 0, 39, 0]]
NOT_ENRICHED = "not enriched in bound validation sequences (P = 0.38)"


def matrix(name: str, consensus: str, n_sites: int, rng: np.random.Generator) -> Pwm:
    """Counts of ``n_sites`` sites around a consensus: upper case conserved, lower case weak."""
    rows = []
    for letter in consensus:
        p = np.full(4, 0.02 if letter.isupper() else 0.17)
        p["ACGT".index(letter.upper())] += 1 - p.sum()
        rows.append(rng.multinomial(n_sites, p))
    return Pwm(name, np.array(rows, dtype=float), n_sites)


def motif_rows(rng: np.random.Generator, matched: bool) -> tuple[list[Pwm], list[MotifRow]]:
    pwms = [matrix("M1", "tgGCCaCcAGGGGGCGCt", 1463, rng), matrix("M2", "AGATAAGa", 702, rng)]
    rows = [
        MotifRow.of(pwms[0], bound_fraction=0.981, auroc=0.912, channels=(0, 3)),
        MotifRow.of(pwms[1], bound_fraction=0.874, auroc=0.648, channels=(5,)),
    ]
    if matched:
        rows[0] = rows[0].with_match(Match("M1", "MA0139.2", "CTCF", 3.1e-19, 7.3e-16, 7.3e-16, 0, "+"))
        rows[1] = rows[1].with_match(Match("M2", "MA0035.5", "GATA1", 4.4e-6, 0.0103, 0.00517, 0, "-"))
    return pwms, rows


def site_table(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for motif, width, n, bound_share, spread in (("M1", 18, 1491, 0.981, 14.0), ("M2", 8, 803, 0.874, None)):
        for _ in range(n):
            label = int(rng.random() < bound_share)
            index = int(rng.integers(BOUND if label else UNBOUND))
            centred = label and spread
            place = rng.normal((LENGTH - width) / 2, spread) if centred else rng.uniform(0, LENGTH - width)
            start = int(np.clip(place, 0, LENGTH - width))
            name = f"chr{index % 19 + 1}:{index * 1000}-{index * 1000 + LENGTH}" + ("" if label else "_shuffled")
            split = ["train", "validation", "test"][0 if index % 10 < 8 else index % 10 - 7]
            genome = (
                (f"chr{index % 19 + 1}", index * 1000 + start, index * 1000 + start + width, "+")
                if label
                else [None] * 4
            )
            rows.append(
                (
                    motif,
                    name,
                    start,
                    start + width,
                    "+-"[int(rng.integers(2))],
                    rng.gamma(4),
                    label,
                    split,
                    *genome,
                    0,
                    0.4,
                )
            )
    return pd.DataFrame(rows, columns=list(SITE_COLUMNS))


def seeds() -> list[dict[str, object]]:
    """Four words: two that became motifs, one whose channel does not hold, one found after the first training."""
    told = (
        ("CCACTAGG", -412.5, 1201, 14, 1310, 1, "M1"),
        ("AGATAAGA", -31.2, 402, 77, 455, 1, "M2"),
        ("GCGGCGGC", -3.5, 120, 51, 133, 1, NOT_ENRICHED),
        ("CCANNNNGGC", -1.6, 88, 30, 91, 2, "like NGGCCACCAGGGGGCGCT, which explains more"),
    )
    names = ("word", "log10_e", "bound_with_word", "unbound_with_word", "marks", "training", "became")
    return [dict(zip(names, each, strict=True)) for each in told]


def trainings() -> list[dict[str, object]]:
    """Two trainings: the density falls by halves, with one step that took longer; then it rests."""
    falling = [(8.0, 0.931), (4.0, 0.947), (4.0, 0.951), (2.0, 0.952), (2.0, 0.949)]
    resting = [(2.0, 0.950), (2.0, 0.953), (2.0, 0.954)]
    made = []
    for title, channels, points, why in (
        ("Density falls", 3, falling, "target density reached"),
        ("Channels that stay", 3, resting, "all samples seen"),
    ):
        evaluations = [{"phase": "anneal", "density": density, "auroc": auroc} for density, auroc in points]
        evaluations[-1]["phase"] = "settle"
        spent = {"samples": 12_000 * len(points), "seconds": 2.5 * len(points)}
        made.append({"title": title, "channels": channels} | spent | {"stop_reason": why, "evaluations": evaluations})
    return made


def audit_json() -> dict[str, object]:
    """Two motifs, of which the second fails a check; two checks were not made."""
    made = [
        ("held-out", "holds", "E = 2e-80."),
        ("needed", "holds", "Of 150 held-out bound sequences 74% are not without it."),
        ("null run", "not tested", "sparling motifs audit makes it."),
    ]
    first = [{"name": name, "state": state, "text": text, "doubts": []} for name, state, text in made]
    second = [*first[:1], first[1] | {"state": "fails", "doubts": ["hardly needed"]}, *first[2:]]
    motifs = [
        {"motif_id": "M1", "doubts": [], "notes": ["often beside or over M2"], "checks": first},
        {"motif_id": "M2", "doubts": ["hardly needed"], "notes": [], "checks": second},
    ]
    finding = {"question": "Footprints of motifs do not overlap", "answer": "holds", "text": "There is one motif."}
    return {"headline": "1 of 2 motifs can be trusted.", "findings": [finding], "motifs": motifs}


def write_fake_run(folder: Path, *, motifs: bool = True, matched: bool = True) -> Path:
    """The folder, with all files that a report is made of."""
    rng = np.random.default_rng(12)
    folder.mkdir(parents=True, exist_ok=True)
    pwms, rows = motif_rows(rng, matched) if motifs else ([], [])
    sites = site_table(rng) if motifs else pd.DataFrame(columns=list(SITE_COLUMNS))
    write_meme(folder / "motifs.meme", pwms)
    write_motifs_tsv(folder / "motifs.tsv", rows)
    write_sites_tsv(folder / "sites.tsv.gz", sites)
    write_sites_bed(folder / "sites.bed", sites)
    (folder / "logos").mkdir(exist_ok=True)
    for pwm in pwms:
        draw_logo(pwm, folder / "logos" / f"{pwm.name}.svg")
    write_jaspar(folder / "motifs.jaspar", pwms)
    if motifs:
        (folder / "audit.json").write_text(json.dumps(audit_json()))
    (folder / "run.json").write_text(json.dumps(run_json(motifs, matched), indent=2) + "\n")
    return folder


def run_json(motifs: bool, matched: bool) -> dict[str, object]:
    found = "2 motifs found; NGGCCACCAGGGGGCGCT explains most (1,463 sites, CTCF); test AUROC 0.953 ± 0.012."
    nothing = "No motif: bound and unbound sequences cannot be told apart (test AUROC 0.507 ± 0.026, 0.5 is chance)."
    data: dict[str, object] = {"fasta": {"path": "data/ctcf_k562_peaks.fa.gz", "sha256": "9f2c" * 16, "records": 1862}}
    if matched:
        data["db"] = {"path": "db/jaspar2024_core_nonredundant.meme.gz", "sha256": "07ab" * 16}
    return {
        "command": "sparling motifs train --fasta data/ctcf_k562_peaks.fa.gz --db db/jaspar.meme.gz --out run/",
        "versions": {
            "python": "3.11.7",
            "sparling-genomics": "0.1.0",
            "torch": "2.9.1",
            "numpy": "2.4.6",
            "memelite": "0.5.0",
        },
        "seed": 0,
        "device": "cpu",
        "precision": "bf16",
        "seconds": 74.3,
        "started": "2025-11-21T10:02:11+00:00",
        "finished": "2025-11-21T10:03:25+00:00",
        "stop_reason": "density 0.0018 did not recover",
        "message": found if motifs else nothing,
        "data": data
        | {
            "n_train": 2960,
            "n_validation": 370,
            "n_test": 370,
            "bound": BOUND,
            "negatives_used": "shuffled",
            "shuffled_copies": UNBOUND,
            "skipped": {"shorter than 21 bp": 3, "empty": 2, "with ambiguous letters (kept)": 7},
            "lengths": {"min": LENGTH, "median": LENGTH, "max": LENGTH},
        },
        "config": {
            "motifs": 8,
            "width": None,
            "filters": 32,
            "start": "seeds",
            "seed": 0,
        },
        "metrics": {
            "auroc": 0.9531 if motifs else 0.507,
            "auroc_standard_error": 0.0118,
            "auroc_interval": [0.9274, 0.9709] if motifs else None,
            "auprc": 0.9477,
            "density": 0.00214,
            "sites_per_sequence": 1.38,
            "motifs": [
                {"motif_id": "M1", "budget": {"density": 0.0024, "marks": 1428}},
                {"motif_id": "M2", "budget": {"density": 0.00081, "marks": 482}},
            ][: 2 * motifs],
            "marks_a_site": 2.0,
            "seeds": seeds() if motifs else [],
            "dropped": [
                {"channels": [2], "consensus": "GCG", "reason": NOT_ENRICHED, "counts": REJECTED, "n_sites": 40},
                {"channels": [3], "consensus": "", "reason": "fewer than 10 sites in bound sequences"},
            ],
            "trainings": trainings(),
        },
    }
