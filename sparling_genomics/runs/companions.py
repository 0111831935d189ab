"""Further runs that lie inside a run's folder: the same with other seeds, and the null run on shuffled sequences.

Each is a whole run folder of its own. One that is finished is kept, one that was interrupted goes on.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sparling.atomic import write_atomically
from sparling.errors import InputError
from sparling.names import table_row
from sparling.training.checkpoint import has_state, read_json, write_json
from sparling.training.trainer import Watch
from sparling_genomics.data.copies import looked_at
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.splits import SPLIT_NAMES
from sparling_genomics.discovery.config import OF_GENOME, MotifConfig
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.likeness import alike
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.runs.run_folder import CONFIG, INPUT_OPTIONS, RESULT, RunFolder
from sparling_genomics.runs.train import prepare, train_motifs

SEEDS, SEEDS_FILE, AGREEMENT = "seeds", "seeds.json", "agreement.tsv"
NULL = "null"
NULL_RUN = f"{NULL}/run"


class Agreed(NamedTuple):
    """One line of agreement.tsv: ``found`` of ``runs``, this one among them, have a motif alike; ``seeds`` of these."""

    motif_id: str
    consensus: str
    found: int
    runs: int
    seeds: tuple[int, ...]


def remember_number(run: Path, seeds: int) -> None:
    """Write into a run folder how many seeds it is to be trained with."""
    write_json(run / SEEDS_FILE, {"runs": seeds})


def remembered_number(run: Path) -> int:
    """How many seeds a run folder is to be trained with; 1 where nothing says so."""
    if not (run / SEEDS_FILE).exists():
        return 1
    number = read_json(run / SEEDS_FILE).get("runs")
    if not isinstance(number, int) or number < 1:
        raise InputError(f"runs must be a whole number, 1 or more, got {number!r}: {run / SEEDS_FILE}")
    return number


def seed_folders(run: Path, first: int, runs: int) -> dict[int, Path]:
    """Folder of each seed: the run's own for the first, RUN/seeds/SEED for the others."""
    return {first: run} | {seed: run / SEEDS / str(seed) for seed in range(first + 1, first + runs)}


def train_other_seeds(run: Path, runs: int, command: str, watch: Watch | None = None) -> list[Agreed]:
    """Train the run again with the ``runs`` - 1 seeds after its own, and write agreement.tsv.

    A seed decides everything random: which sequences are held out, the shuffled copies, the weights at the start.
    """
    config = MotifConfig.read(run / CONFIG)
    folders = seed_folders(run, config.seed, runs)
    for seed, folder in folders.items():
        if folder != run:
            complete(config.model_copy(update={"seed": seed}), folder, command, _named(watch, f"Seed {seed}"))
    found = {seed: _matrices(folder) for seed, folder in folders.items()}
    lines = agreement(found[config.seed], found)
    write_agreement(run / AGREEMENT, lines)
    return lines


def agreement(own: Sequence[Pwm], found: dict[int, list[Pwm]]) -> list[Agreed]:
    """For each of ``own`` the seeds among ``found`` (seed → motifs) that have a motif `alike`."""
    lines = []
    for pwm in own:
        seeds = tuple(seed for seed, others in found.items() if any(alike(pwm, other) for other in others))
        lines.append(Agreed(pwm.name, pwm.consensus(), len(seeds), len(found), seeds))
    return lines


def write_agreement(path: Path, lines: Sequence[Agreed]) -> None:
    """Write agreement.tsv."""
    text = table_row(Agreed._fields) + "".join(map(table_row, lines))
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def read_agreement(path: Path) -> list[Agreed]:
    """Lines of agreement.tsv. Raises ``InputError`` with path and line where it is damaged."""
    rows = [(number, line.split("\t")) for number, line in numbered_lines(path)]
    if not rows or tuple(rows[0][1]) != Agreed._fields:
        raise input_error(f"expected the columns {', '.join(Agreed._fields)}", path, 1)
    lines = []
    for number, cells in rows[1:]:
        try:
            motif_id, consensus, found, runs, seeds = cells
            lines.append(Agreed(motif_id, consensus, int(found), int(runs), tuple(map(int, seeds.split(",")))))
        except ValueError:
            raise input_error("expected an id, a consensus, two numbers and seeds", path, number) from None
    return lines


def train_null(run: Path, data: SequenceDataset, command: str, watch: Watch | None = None) -> Path:
    """Train once where there is nothing to find, with the run's own configuration; the folder of that run.

    Its bound sequences are dinucleotide-shuffled copies of the bound ones of ``data``, on the same sides of the split;
    its unbound ones are copies of those, shuffled again, also where the run had unbound sequences of its own.
    """
    config = MotifConfig.read(run / CONFIG)
    fasta = run / NULL / "shuffled.fa.gz"
    looked = looked_at(data)
    bound = looked.subset(looked.labels == 1)
    codes = shuffle_joined(bound.codes, bound.offsets, generator(config.seed, Purpose.NULL))
    lines = [
        f">null_{i} split={SPLIT_NAMES[bound.split[i]]}\n"
        f"{decode(codes[bound.offsets[i] : bound.offsets[i + 1]], data.alphabet)}\n"
        for i in range(len(bound))
    ]
    content = gzip.compress("".join(lines).encode(), mtime=0)
    if not fasta.is_file() or fasta.read_bytes() != content:
        try:
            write_atomically(fasta, lambda path: path.write_bytes(content))
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror}): {fasta}") from error
    options = dict.fromkeys([*INPUT_OPTIONS, *OF_GENOME]) | {"fasta": fasta.absolute()}
    folder = run / NULL_RUN
    complete(config.model_copy(update=options), folder, command, watch)
    return folder


def complete(config: MotifConfig, path: Path, command: str, watch: Watch | None = None) -> None:
    """Leave a finished run of ``config`` in ``path``: the one that is there, or gone on with, or a new one.

    A run there of another configuration or of other files is replaced. Raises `Interrupted` on Ctrl-C, state saved.
    """
    folder = RunFolder(path)
    begun = _begun(folder, config)
    if begun:
        folder.remember(config)
    if begun and (path / RESULT).is_file():
        return
    prepared = prepare(config)
    resume = begun and has_state(path / "checkpoint")
    if not resume:
        folder.start(config)
    train_motifs(prepared, folder, command, watch, resume=resume)


def _named(watch: Watch | None, run: str) -> Watch | None:
    """The same, told of which ``run`` each stage is."""
    if watch is None:
        return None
    return lambda stage, rule, settings: watch(stage._replace(title=f"{run}: {stage.title}"), rule, settings)


def _begun(folder: RunFolder, config: MotifConfig) -> bool:
    """Whether a run of this configuration, on the same files wherever they lie, has been started there."""
    if not folder.config_path.is_file():
        return False
    try:
        folder.check_inputs(config)
        paths = {name: getattr(config, name) for name in INPUT_OPTIONS}
        return MotifConfig.read(folder.config_path).model_copy(update=paths) == config
    except InputError:
        return False


def _matrices(folder: Path) -> list[Pwm]:
    return read_meme(folder / "motifs.meme", allow_empty=True)
