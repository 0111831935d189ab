"""peaks.tsv, a line a sequence of the run, and bound.fa.gz, the letters of the bound ones."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sparling.atomic import write_bytes
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.splits import SPLIT_NAMES
from sparling_genomics.files.tables import table_read, table_text
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.peaks.silenced import SequencePredictions

PEAKS, BOUND_FASTA = "peaks.tsv", "bound.fa.gz"
PEAK_COLUMNS = ("sequence", "chrom", "start", "end", "strand", "length", "label", "split")
"""Of peaks.tsv, before those of predictions and of motifs."""
PREDICTION = "prediction"
"""Column of the prediction; of several labels or values one each, prediction.NAME."""
_WHOLE = ("start", "end", "length", "label")


def peak_table(data: SequenceDataset, motifs: Sequence[Motif], said: SequencePredictions) -> pd.DataFrame:
    """A row a sequence of ``data``, shuffled copies too: `PEAK_COLUMNS`, predictions, sites of each motif.

    ``start``, ``end`` and ``strand`` are those of the sequence on its genome, missing where its name says no place.
    """
    places = [(None,) * 4 if i is None else (i.chrom, i.start, i.end, i.strand) for i in data.intervals]
    table = pd.DataFrame({"sequence": data.names})
    table[list(PEAK_COLUMNS[1:5])] = pd.DataFrame(places, table.index, PEAK_COLUMNS[1:5], dtype=object)
    table["length"] = data.lengths
    table["label"] = data.labels.astype(int)
    table["split"] = [SPLIT_NAMES[side] for side in data.split]
    for i, column in enumerate(said.columns):
        table[PREDICTION if data.targets is None else f"{PREDICTION}.{column.name}"] = said.whole[:, i]
    for motif in motifs:
        start, end = motif.intervals(data)
        table[motif.pwm.name] = np.bincount(motif.sites.sequence[end > start], minlength=len(data))
    return table


def write_peaks_tsv(path: Path | str, peaks: pd.DataFrame) -> None:
    """Write a table of `peak_table`: tabs, no quotes, numbers to six digits, empty where nothing is known."""
    write_bytes(path, table_text(peaks.astype(dict.fromkeys(_WHOLE, "Int64"))).encode())


def read_peaks_tsv(path: Path | str) -> pd.DataFrame:
    """The table as ``write_peaks_tsv`` left it: text, whole numbers as Int64, predictions as float.

    Raises ``InputError`` where it is missing, damaged or lacks columns.
    """
    types: dict[str, str] = dict.fromkeys(PEAK_COLUMNS, "str") | dict.fromkeys(_WHOLE, "Int64")
    table = table_read(path, types, _WHOLE, "sequences")
    missing = [column for column in PEAK_COLUMNS if column not in table.columns]
    if not any(column.split(".")[0] == PREDICTION for column in table.columns):
        missing.append(PREDICTION)
    if missing:
        raise input_error(f"the table of sequences lacks the columns {', '.join(missing)}", path, 1)
    return table


def write_bound_fasta(path: Path | str, data: SequenceDataset) -> None:
    """Write the bound sequences, in their order: upper case, N for what is ambiguous; the same bytes each time."""
    bound = np.flatnonzero(data.labels == 1)
    text = "".join(f">{data.names[i]}\n{decode(data.sequence(i), data.alphabet)}\n" for i in bound.tolist())
    write_bytes(path, gzip.compress(text.encode(), 6, mtime=0))


def read_bound_fasta(path: Path | str) -> dict[str, str]:
    """Letters of the bound sequences by name, as ``write_bound_fasta`` left them. Raises ``InputError`` for faults."""
    try:
        lines = gzip.decompress(Path(path).read_bytes()).decode().split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise input_error(f"cannot read the bound sequences ({error})", path) from error
    names, letters = lines[0:-1:2], lines[1:-1:2]
    if len(names) != len(letters) or not all(name.startswith(">") for name in names):
        raise input_error("expected a name behind > and a line of letters in turn", path)
    return dict(zip((name[1:] for name in names), letters, strict=True))
