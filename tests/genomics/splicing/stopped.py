"""A watcher of a training that stops it."""


class Stopped:
    """Presses Ctrl-C after the second evaluation."""

    def __init__(self) -> None:
        self.evaluations = 0

    def on_batch(self, progress) -> None:
        if self.evaluations == 2:
            raise KeyboardInterrupt

    def on_evaluation(self, record) -> None:
        self.evaluations += 1
