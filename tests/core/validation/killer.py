"""A run that is killed, and what a finished one found."""

from pathlib import Path

from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Progress


class Killer:
    """Ctrl-C once so many samples were trained on."""

    def __init__(self, samples: int) -> None:
        self.samples = samples

    def on_batch(self, progress: Progress) -> None:
        if progress.samples >= self.samples:
            raise KeyboardInterrupt

    def on_evaluation(self, record: EvaluationRecord) -> None:
        pass


def figures_of(folder: Path) -> str:
    """validation.json without the time it took."""
    text = (folder / "validation.json").read_text()
    return "".join(line for line in text.splitlines(keepends=True) if '"seconds"' not in line)
