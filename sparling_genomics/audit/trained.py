"""A training, and the checks that it ends with."""

from sparling.training.trainer import Watch
from sparling_genomics.discovery.outcome import Outcome
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import Prepared, train_motifs


def train_and_check(
    prepared: Prepared, folder: RunFolder, command: str, watch: Watch | None = None, resume: bool = False
) -> Outcome:
    """`train_motifs`, and then the checks that cost seconds: all but the null run and other seeds.

    Of several labels or values there are none. Raises `Interrupted` on Ctrl-C, state saved.
    """
    outcome = train_motifs(prepared, folder, command, watch, resume)
    data = outcome.provenance.data
    if outcome.found.motifs and data.targets is None:
        from sparling_genomics.audit.running import check  # tables and pages, half a second, not before the training

        check(folder.path, data)
    return outcome
