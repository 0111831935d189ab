"""One line an evaluation on standard error: what is seen of a training by whoever asks for nothing else."""

import sys

from sparling.training.records import EvaluationRecord
from sparling.training.task import Observer


class Lines(Observer):
    """An observer that writes one line an evaluation to standard error."""

    def on_evaluation(self, record: EvaluationRecord) -> None:
        """Write how far training is, how sparse the map and how good the output."""
        sys.stderr.write(line(record) + "\n")
        sys.stderr.flush()


def line(record: EvaluationRecord) -> str:
    """Where training stands after an evaluation, and what is done next.

    >>> line(EvaluationRecord(3, 4800, 61.2, "anneal", 0.25, 0.2501, 0.26, 0.4, 0.91, 0.02, 0.92, 0.87, "tighten", 1.1))
    'evaluation 3: 4,800 samples in 61 s, density 0.25, loss 0.4, score 0.91 (best 0.92): tighten'
    """
    doing = record.action if record.phase == "anneal" else "done" if record.action == "stop" else "settle"
    return (
        f"evaluation {record.step}: {record.samples:,} samples in {record.seconds:.0f} s, "
        f"density {record.density:.3g}, loss {record.loss:.4g}, "
        f"score {record.score:.4g} (best {record.best:.4g}): {doing}"
    )
