"""The files of a run on windows, run.json last."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sparling.networks.model import SparlingModel
from sparling.training.checkpoint import save_model
from sparling_genomics.splicing.decoys.core import CoreLogit
from sparling_genomics.splicing.decoys.network import WindowNetwork
from sparling_genomics.splicing.decoys.words import Flanks, WindowMotif
from sparling_genomics.splicing.runs.publish import write_matrices

COLUMNS = (
    "motif_id",
    "consensus",
    "bits",
    "channels",
    "marks",
    "marks_per_100nt",
    *(f"exon_log2_{name}" for name in Flanks._fields),
    "tract_log2",
    "donor_offset",
    "donor_share",
    "donor_decoy_share",
    "acceptor_offset",
    "acceptor_share",
    "acceptor_decoy_share",
    "donor_change",
    "acceptor_change",
)


def save_window_network(folder: Path, model: SparlingModel, network: WindowNetwork, core: CoreLogit | None) -> None:
    """Weights and description as model.safetensors and config.json, with density and what the core's logit is."""
    line = None if core is None else core._asdict()
    save_model(folder, model, asdict(network) | {"density": model.sparsity.density, "core": line})


def write_motifs(path: Path, motifs: Sequence[WindowMotif]) -> None:
    """motifs.meme, motifs.tsv and logos/ of a run folder."""
    write_matrices(path, [motif.pwm for motif in motifs], COLUMNS, [row_of(motif) for motif in motifs])


def row_of(motif: WindowMotif) -> tuple[str | int | float, ...]:
    """Cells of motifs.tsv, as `COLUMNS`."""
    places = [
        cell
        for sites in (motif.donor, motif.acceptor)
        for cell in (sites.place.offset, round(sites.place.share, 4), round(sites.decoys, 4))
    ]
    return (
        motif.pwm.name,
        motif.pwm.consensus(),
        round(motif.bits, 2),
        ",".join(map(str, motif.channels)),
        motif.marks,
        round(motif.marks_per_100nt, 4),
        *(round(value, 3) + 0.0 for value in (*motif.flanks, motif.tract)),
        *places,
        *(round(change, 4) + 0.0 for change in motif.change),
    )
