"""The files of a splicing run, run.json last; and the model of a run folder read back."""

import platform
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sparling.atomic import write_atomically
from sparling.errors import InputError
from sparling.names import table_row
from sparling.networks.model import SparlingModel
from sparling.training.checkpoint import load_weights, read_json, save_model
from sparling.training.records import finite
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.rows import Match
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.names import match_name, titled
from sparling_genomics.pages.logo import draw_logo
from sparling_genomics.splicing.maps.surroundings import Surroundings
from sparling_genomics.splicing.metrics import SpliceFigures
from sparling_genomics.splicing.network import SpliceNetwork, splice_model
from sparling_genomics.splicing.runs.words import SpliceMotif

UNIVERSE = "genes with introns"
"""Where the figures hold: positions of transcripts that have introns, on their strand."""
PACKAGES = ("sparling-genomics", "torch", "lightning-fabric", "numpy")
MATCH_COLUMNS = ("best_match", "match_name", "match_p", "match_e", "match_q")
"""Empty without a database."""
COLUMNS = (
    "motif_id",
    "consensus",
    "bits",
    "matrix",
    "channels",
    "shifts",
    "marks",
    "need",
    "need_z",
    "need_p",
    "marks_per_100nt",
    "donor_offset",
    "donor_share",
    "acceptor_offset",
    "acceptor_share",
    "donor_change",
    "acceptor_change",
    *Surroundings._fields,
    *MATCH_COLUMNS,
)


def save_splice_network(folder: Path, model: SparlingModel, network: SpliceNetwork) -> None:
    """Weights and description as model.safetensors and config.json, with the density that the map has."""
    save_model(folder, model, asdict(network) | {"density": model.sparsity.density})


def load_splice_network(folder: Path) -> tuple[SparlingModel, SpliceNetwork]:
    """The saved network in evaluation mode. Raises ``InputError`` where a file is missing, damaged or does not fit."""
    fields = read_json(folder / "config.json")
    try:
        density = float(fields.pop("density"))
        network = SpliceNetwork(**fields | {name: tuple(fields[name]) for name in ("dilations", "matrices")})
        model = splice_model(network, density)
    except (KeyError, TypeError, ValueError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise InputError(
            f"model description does not fit this version ({why}), train it again: {folder / 'config.json'}"
        ) from error
    load_weights(folder, model)
    return model.eval(), network


def write_motifs(path: Path, motifs: Sequence[SpliceMotif], around: Sequence[Surroundings]) -> None:
    """motifs.meme, motifs.tsv and logos/ of a run folder; what lies ``around`` each motif is in columns of it.

    A motif that began as a known matrix keeps that name; another has the name of its match, where that is credible.
    """
    cells = [
        (*row_of(motif), *map(_cell, own), *_match_cells(motif.match))
        for motif, own in zip(motifs, around, strict=True)
    ]
    named = titled([motif.pwm for motif in motifs], [match_name(motif.match) for motif in motifs])
    pwms = [motif.pwm if motif.pwm.alt_name else pwm for motif, pwm in zip(motifs, named, strict=True)]
    write_matrices(path, pwms, COLUMNS, cells)


def write_matrices(
    path: Path, pwms: Sequence[Pwm], columns: Sequence[str], rows: Sequence[Sequence[str | int | float]]
) -> None:
    """motifs.meme, motifs.tsv of these ``columns`` and a row a matrix, and logos/ of a run folder."""
    write_meme(path / "motifs.meme", pwms)
    lines = map(table_row, (columns, *rows))
    write_atomically(path / "motifs.tsv", lambda partial: partial.write_text("".join(lines), encoding="utf-8"))
    logos = path / "logos"
    shutil.rmtree(logos, ignore_errors=True)
    logos.mkdir()
    for pwm in pwms:
        draw_logo(pwm, logos / f"{pwm.name}.svg", logos / f"{pwm.name}.png")


def _cell(value: str | float | None) -> str | int | float:
    return "" if value is None else round(value, 4) if isinstance(value, float) else value


def _match_cells(match: Match | None) -> tuple[str, ...]:
    if match is None:
        return ("",) * len(MATCH_COLUMNS)
    return match.target, match.target_name, *(f"{value:.3g}" for value in (match.p, match.e, match.q))


def row_of(motif: SpliceMotif) -> tuple[str | int | float, ...]:
    """Cells of motifs.tsv, as `COLUMNS` but for those of `Surroundings` and of a match."""
    return (
        motif.pwm.name,
        motif.pwm.consensus(),
        round(motif.bits, 2),
        motif.pwm.alt_name,
        ",".join(map(str, motif.channels)),
        ",".join(map(str, motif.shifts)),
        motif.marks,
        round(motif.need.loss, 4),
        motif.need.z,
        f"{motif.need.p:.2g}",
        round(motif.marks_per_100nt, 4),
        motif.donor.offset,
        round(motif.donor.share, 4),
        motif.acceptor.offset,
        round(motif.acceptor.share, 4),
        round(motif.donor_change, 4),
        round(motif.acceptor_change, 4),
    )


def figures_json(figures: SpliceFigures) -> dict[str, Any]:
    """Of run.json."""
    return {
        "top_k": figures.top_k,
        "noise": figures.noise,
        "donor": finite(figures.donor._asdict()),
        "acceptor": finite(figures.acceptor._asdict()),
        "positions": figures.positions,
    }


def circumstances(command: str, started: str) -> dict[str, Any]:
    """How a run came about."""
    return {
        "command": command,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "started": started,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
