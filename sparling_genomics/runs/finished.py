"""A finished run read back from its folder: the same data, network, map and motifs as when it was made."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor

from sparling.errors import InputError
from sparling.networks.model import SparlingModel
from sparling.training.checkpoint import read_json
from sparling_genomics.data.dataset import SequenceDataset, with_all_shuffled
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.map_readout import map_features
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import MotifRow
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import Activations, find_activations, strongest_apart
from sparling_genomics.motifs.motif import Motif, colocation, moved
from sparling_genomics.network.motif_network import load_network
from sparling_genomics.runs.run_folder import CONFIG, RESULT, RunFolder
from sparling_genomics.runs.train import prepare
from sparling_genomics.tasks.binary import BinaryTask


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """What a run read, and what it found.

    Channel i of ``model`` is ``motifs[i]``, whose sites are those of sites.tsv.gz, in all splits, bound or not. The
    position of such a site is the first column of its matrix on the site's strand, so each motif's ``first`` is 0.
    """

    path: Path
    config: MotifConfig
    info: dict[str, Any]
    """run.json."""
    data: SequenceDataset
    """All sequences that were looked at, shuffled copies included."""
    rows: list[MotifRow]
    motifs: list[Motif]
    model: SparlingModel
    width: int
    """Receptive field, bp."""
    fabric: Fabric

    @property
    def tested(self) -> int:
        """Motifs that were looked at in all rounds."""
        metrics = self.info.get("metrics", {})
        return int(metrics.get("tested", len(self.motifs) + len(metrics.get("dropped", ()))))

    @property
    def listed_from(self) -> NDArray[np.float64]:
        """Score from which on an activation of each channel is a site, nats: (C,)."""
        listed = np.array(self.info.get("metrics", {}).get("listed_from", 0.0), dtype=np.float64)
        return np.broadcast_to(listed, (self.model.sparsity.channels,))


@dataclass(frozen=True, eq=False)
class SparseMap:
    """The map of a run over all of its data, made anew from its network.

    ``activations`` of all channels, weak ones too that are no sites; ``features`` (n, 2C), what the readout sees of
    each sequence; ``motifs`` with all sites that the map has, those too that another motif took over
    (`selection.compete`), placed as in `FinishedRun`; ``reproduced`` (C,), the share of the sites in sites.tsv.gz that
    are in the map again.
    """

    activations: Activations
    features: Tensor
    motifs: list[Motif]
    reproduced: list[float]


def load_finished(path: Path) -> FinishedRun:
    """The run in a folder. Raises ``InputError`` unless it is finished, whole, and its input files are unchanged."""
    if not (path / CONFIG).is_file():
        raise InputError(f"not a run folder, {CONFIG} is missing: {path}")
    if not (path / RESULT).is_file():
        raise InputError(f"not a finished run, {RESULT} is missing; `sparling motifs train --resume` ends it: {path}")
    config = MotifConfig.read(path / CONFIG)
    RunFolder(path).check_inputs(config)
    prepared = prepare(config)
    data = with_all_shuffled(prepared.data, config.seed)
    rows = read_motifs_tsv(path / "motifs.tsv")
    matrices = {pwm.name: pwm for pwm in read_meme(path / "motifs.meme", allow_empty=True)}
    table = read_sites_tsv(path / "sites.tsv.gz")
    model, network = load_network(path / "model")
    if list(matrices) != [row.motif_id for row in rows]:
        raise InputError(f"motifs.tsv and motifs.meme name different motifs: {path}")
    if rows and [row.channels for row in rows] != [(i,) for i in range(network.channels)]:
        raise InputError(f"its model has no channel a motif, as runs of this version have: {path}")
    known = {name: index for index, name in enumerate(data.names)}
    strange = set(table["sequence"]) - known.keys()
    if strange:
        raise InputError(f"the input has no sequence {min(strange)!r}: {path / 'sites.tsv.gz'}")
    motifs = [motif_from_table(table, known, matrices[row.motif_id], i) for i, row in enumerate(rows)]
    model = model.to(prepared.fabric.device)
    return FinishedRun(
        path, config, read_json(path / RESULT), data, rows, motifs, model, network.width, prepared.fabric
    )


def motif_from_table(table: pd.DataFrame, known: dict[str, int], pwm: Pwm, channel: int) -> Motif:
    """The motif of the lines of ``pwm.name`` in a table of sites; ``known`` is the index of each sequence by name.

    A site that is cut short by an end of its sequence gets the place that its matrix would have beyond it.
    """
    own = table[table["motif_id"] == pwm.name]
    start, end = (own[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    reverse = (own["strand"] == "-").to_numpy(dtype=bool)
    begin = np.where(start > 0, start, end - pwm.width)
    sites = Activations(
        sequence=np.array([known[name] for name in own["sequence"]], dtype=np.int64),
        channel=np.full(len(own), channel, dtype=np.int64),
        position=np.where(reverse, begin + pwm.width - 1, begin),
        reverse=reverse,
        score=own["score"].to_numpy(dtype=np.float64),
    )
    return Motif(pwm, (channel,), sites, first=0)


def sparse_map(run: FinishedRun) -> SparseMap:
    """The map over all of the run's data."""
    task = BinaryTask(run.data, run.config.seed)
    size = 2 * task.batch_size
    found, _ = find_activations(run.model, task, run.data, size, run.fabric.device, run.fabric.autocast())
    sites = found.select(found.score > run.listed_from[found.channel])
    on_motifs = [placed(run, motif, sites.select(sites.channel == i)) for i, motif in enumerate(run.motifs)]
    features = map_features(found, len(run.data), len(run.motifs))
    return SparseMap(found, features, [motif for motif, _ in on_motifs], [share for _, share in on_motifs])


def placed(run: FinishedRun, motif: Motif, found: Activations) -> tuple[Motif, float]:
    """The motif with ``found``, activations of its channel, as its sites; which share of its own are among them."""
    apart = strongest_apart(found, run.width // 2)
    common = colocation(apart, motif.sites, run.width + motif.pwm.width)
    if common is None:
        return replace(motif, sites=apart), 0.0
    shift, flip, share = common
    return replace(motif, sites=moved(apart, -shift if not flip else shift, flip)), share
