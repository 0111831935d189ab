"""A finished run read back from its folder: what it found, and its network, with or without the sequences it read.

What a run *is* lies in its folder, which may have been moved or mailed; the sequences are needed only to look at its
map again (`load_finished`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from sparling.errors import InputError
from sparling.networks.model import SparlingModel
from sparling.plurals import counted
from sparling.training.checkpoint import read_json
from sparling.training.devices import FabricLike, choose_fabric
from sparling_genomics.data.copies import looked_at, with_all_shuffled
from sparling_genomics.data.dataset import TRAIN, SequenceDataset
from sparling_genomics.data.targets import Column
from sparling_genomics.discovery.config import MotifConfig, check_of_motifs
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.rows import MotifRow
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import Activations, find_activations, strongest_apart
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.motifs.motif import Motif, moved, own_distance
from sparling_genomics.network.motif_network import NetworkDescription, load_network
from sparling_genomics.runs.run_folder import CONFIG, FORMAT, RESULT, RunFolder
from sparling_genomics.runs.train import prepare
from sparling_genomics.tasks.binary import fitting_batch


@dataclass(frozen=True, eq=False, repr=False)
class StoredRun:
    """What a run folder holds; channel i of ``model`` is the motif of ``rows[i]`` and ``pwms[i]``.

    The first motif is the one that explains most of the validation side. Without motifs the model has the channels of
    which none holds. ``info`` is run.json. The model is in evaluation mode on the device of ``fabric``.
    """

    path: Path
    config: MotifConfig
    info: dict[str, Any]
    rows: list[MotifRow]
    pwms: list[Pwm]
    model: SparlingModel
    network: NetworkDescription
    fabric: FabricLike

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r}: {len(self.rows)} motifs)"

    @property
    def width(self) -> int:
        """Receptive field, bp."""
        return self.network.width

    @property
    def typical_length(self) -> int:
        """Median length of the run's sequences, bp."""
        return round(float(self.info["data"]["lengths"]["median"]))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Several labels or values that the run is of; empty where it is of bound and unbound sequences."""
        return tuple(Column(**column) for column in self.info["data"].get("columns", ()))

    def check_bound(self, what: str) -> None:
        """Raise ``InputError`` unless the run is of bound and unbound sequences, as ``what`` needs."""
        if self.columns:
            names = ", ".join(column.name for column in self.columns)
            raise InputError(f"{what} is of bound and unbound sequences, and this run is of {names}: {self.path}")

    @property
    def tested(self) -> int:
        """Motifs that were taken to the test side: all that are reported."""
        return len(self.rows)

    @property
    def listed_from(self) -> NDArray[np.float64]:
        """Score from which on an activation of each channel is a site, in units of activations: (C,)."""
        listed = np.array(self.info["metrics"]["listed_from"], dtype=np.float64)
        return np.broadcast_to(listed, (self.model.sparsity.channels,))

    @cached_property
    def lies(self) -> list[tuple[int, bool]]:
        """Of each motif where its first column lies beside an activation, and whether on the other strand.

        Raises ``InputError`` where run.json does not say so.
        """
        try:
            told = [(int(each["first"]), bool(each["flipped"])) for each in self.info["metrics"]["motifs"]]
        except (KeyError, TypeError, ValueError):
            told = []
        if len(told) != len(self.pwms):
            raise InputError(f"damaged, it does not say how each motif lies: {self.path / RESULT}")
        return told

    @cached_property
    def sites(self) -> pd.DataFrame:
        """sites.tsv.gz. Raises ``InputError`` where it is missing or damaged."""
        return read_sites_tsv(self.path / "sites.tsv.gz")

    def find(self, data: SequenceDataset, batch_size: int) -> tuple[Activations, NDArray[np.float64]]:
        """All activations of the model on ``data``, weak ones too that are no sites, and its logits (n,)."""
        return find_activations(self.model, data, batch_size, self.fabric.device, self.fabric.autocast())

    def placed(self, found: Activations) -> list[Motif]:
        """Each motif with its sites among the activations ``found``; their score is what they have above its cut."""
        above = found.score - self.listed_from[found.channel]
        sites = replace(found, score=above).select(above > 0)
        return [self.motif_at(i, sites.select(sites.channel == i)) for i in range(len(self.pwms))]

    def motif_at(self, index: int, found: Activations) -> Motif:
        """Motif ``index`` with ``found``, activations of its channel, as its sites.

        The position of such a site is the first column of the matrix on the site's strand, so ``first`` is 0.
        """
        apart = strongest_apart(found, own_distance(self.pwms[index].width))
        return Motif(self.pwms[index], (index,), moved(apart, *self.lies[index]), first=0)


@dataclass(frozen=True, eq=False, repr=False)
class FinishedRun(StoredRun):
    """A run with the sequences that it read.

    ``data`` holds all that were looked at, shuffled copies included; the sites of ``motifs`` are those of sites.tsv.gz,
    in all splits, bound or not, placed as in `StoredRun.placed`.
    """

    data: SequenceDataset
    motifs: list[Motif]


@dataclass(frozen=True, eq=False)
class SparseMap:
    """The map of a run over all of its data, made anew from its network.

    ``activations`` of all channels, weak ones too that are no sites; ``features`` (n, 2C), what the readout sees of
    each sequence; ``motifs`` with all sites that the map has, placed as in `FinishedRun`; ``reproduced`` (C,), the
    share of the sites in sites.tsv.gz that are in the map again.
    """

    activations: Activations
    features: Tensor
    motifs: list[Motif]
    reproduced: list[float]


def load_stored(path: Path, device: str | None = None) -> StoredRun:
    """The run in a folder, without its sequences; on its own device, or another.

    Raises ``InputError`` unless it is finished, whole, and of this `FORMAT`.
    """
    if not (path / CONFIG).is_file():
        raise InputError(f"not a run folder, {CONFIG} is missing: {path}")
    if not (path / RESULT).is_file():
        raise InputError(f"not a finished run, {RESULT} is missing; resuming ends it: {path}")
    info = read_json(path / RESULT)
    check_of_motifs(info, path)
    if info.get("format") != FORMAT:
        raise InputError(
            f"a run folder of format {info.get('format', 0)}, expected {FORMAT}; `sparling motifs train` makes it anew:"
            f" {path}"
        )
    config = MotifConfig.read(path / CONFIG)
    rows = read_motifs_tsv(path / "motifs.tsv")
    pwms = read_meme(path / "motifs.meme", allow_empty=True)
    model, network = load_network(path / "model")
    if [pwm.name for pwm in pwms] != [row.motif_id for row in rows]:
        raise InputError(f"motifs.tsv and motifs.meme name different motifs: {path}")
    if rows and [row.channels for row in rows] != [(i,) for i in range(network.channels)]:
        raise InputError(f"its model has no channel a motif: {path}")
    _check_result(info, len(rows), network.channels, path / RESULT)
    fabric, _ = choose_fabric(config.device if device is None else device, config.precision)
    return StoredRun(path, config, info, rows, pwms, model.to(fabric.device), network, fabric)


def _check_result(info: dict[str, Any], motifs: int, channels: int, path: Path) -> None:
    """Raise ``InputError`` unless run.json says all that is read of it, in one way for whoever reads it."""
    try:
        data, metrics = info["data"], info["metrics"]
        float(data["lengths"]["median"])
        for column in data.get("columns", ()):
            Column(**column)
        np.broadcast_to(np.array(metrics["listed_from"], dtype=np.float64), (channels,))
        places = [(int(each["first"]), bool(each["flipped"])) for each in metrics["motifs"]]
        len(metrics["trainings"])
        float(metrics["auroc"] or 0)
        str(info["message"])
    except KeyError as error:
        raise input_error(f"damaged, it lacks {error}", path) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise input_error(f"damaged ({error})", path) from error
    if len(places) != motifs:
        raise input_error(f"damaged, it tells of {counted(len(places), 'motif')}, and motifs.tsv of {motifs}", path)


def load_finished(path: Path, moved: Mapping[str, Path] = MappingProxyType({})) -> FinishedRun:
    """The run in a folder with its sequences; ``moved`` says where an input file (fasta, ...) lies by now.

    Raises ``InputError`` as `load_stored` does, and where its sequences or labels are missing or have another content.
    The motif database, and known matrices that channels started as, are not looked at again.
    """
    run = load_stored(path)
    unused = [name for name in moved if getattr(run.config, name) is None]
    if unused:
        raise InputError(f"the run has read no {unused[0]}, got {moved[unused[0]]}: {path}")
    config = run.config.model_copy(update={**moved, "db": None, "start_from": None, "freeze": False})
    RunFolder(path).check_inputs(config)
    data = with_all_shuffled(looked_at(prepare(config).data), config.seed)
    return replace(with_sequences(run, data), config=config)


def with_sequences(run: StoredRun, data: SequenceDataset) -> FinishedRun:
    """A run with the sequences that it read, shuffled copies included. Raises ``InputError`` where these are others."""
    known = {name: index for index, name in enumerate(data.names)}
    strange = set(run.sites["sequence"]) - known.keys()
    if strange:
        raise InputError(f"the input has no sequence {min(strange)!r}: {run.path / 'sites.tsv.gz'}")
    motifs = [motif_from_table(run.sites, known, pwm, i) for i, pwm in enumerate(run.pwms)]
    own = (run.path, run.config, run.info, run.rows, run.pwms, run.model, run.network, run.fabric)
    return FinishedRun(*own, data, motifs)


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
    found, _ = run.find(run.data, 2 * fitting_batch(run.data.lengths[run.data.split == TRAIN]))
    motifs = run.placed(found)
    features = map_features(found, len(run.data), len(run.motifs))
    reproduced = [_share_again(motif.sites, own.sites) for motif, own in zip(motifs, run.motifs, strict=True)]
    return SparseMap(found, features, motifs, reproduced)


def _share_again(found: Activations, listed: Activations) -> float:
    """Share of the ``listed`` sites that are among those ``found``; 0 without any."""
    again, own = (
        set(zip(s.sequence.tolist(), s.position.tolist(), s.reverse.tolist(), strict=True)) for s in (found, listed)
    )
    return len(again & own) / len(own) if own else 0.0
