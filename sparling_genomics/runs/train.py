"""A training run from its configuration to its folder: read and check, search, publish."""

import time
from dataclasses import dataclass

from lightning_fabric import Fabric

from sparling.errors import Interrupted
from sparling.training.devices import choose_fabric
from sparling.training.trainer import Watch
from sparling_genomics.data.dataset import SequenceDataset, load_dataset
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.outcome import Outcome
from sparling_genomics.discovery.rounds import Search
from sparling_genomics.discovery.search import find
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.motif_network import save_network
from sparling_genomics.runs.publish import write_results
from sparling_genomics.runs.run_folder import RunFolder

SHORTEST = 8
LONGEST = 20_000


@dataclass(frozen=True)
class Prepared:
    """Inputs that have been read and checked; nothing has been written yet."""

    config: MotifConfig
    data: SequenceDataset
    database: list[Pwm]
    fabric: Fabric
    precision: str


def prepare(config: MotifConfig) -> Prepared:
    """Read and check everything a run needs. Raises ``InputError`` for any fault, before a file is made."""
    fabric, precision = choose_fabric(config.device, config.precision)
    database = [] if config.db is None else read_meme(config.db)
    data = load_dataset(
        config.fasta,
        negatives=config.negatives,
        labels=config.labels,
        alphabet=config.alphabet,
        min_length=config.width or SHORTEST,
        max_length=LONGEST,
        seed=config.seed,
    )
    return Prepared(config, data, database, fabric, precision)


def train_motifs(
    prepared: Prepared, folder: RunFolder, command: str, watch: Watch | None = None, resume: bool = False
) -> Outcome:
    """Train on ``prepared`` and leave a finished run in ``folder``. Raises `Interrupted` on Ctrl-C, state saved."""
    config = prepared.config
    clock = time.monotonic()
    command, started = folder.begin(command)
    search = Search(config, prepared.data, prepared.fabric, prepared.precision, folder.path, watch)
    try:
        outcome = find(search, clock, resume)
        save_network(folder.path / "model", outcome.map.model, outcome.map.network)
        write_results(folder.path, config, outcome, command, started, prepared.database)
    except KeyboardInterrupt as error:  # outside the trainings, which save what they did
        raise Interrupted(f"stopped before all was done; saved in {folder.path}") from error
    return outcome
