"""Alignment of features in files, from the command line: checked, trained, measured, told."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from sparling.errors import InputError, SettingDiffers
from sparling_cli.screen import Screen, resumable

if TYPE_CHECKING:
    from sparling.alignment.results import Measured
    from sparling.alignment.settings import AlignmentSettings
    from sparling.alignment.streams import Stream

MARKER = "align-config.json"
"""The file by which the folder of an alignment is known, as in `sparling.alignment.alignment`."""
SUFFIXES = (".npy", ".safetensors")


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    streams: tuple[str, ...]
    """NAME=FILE."""
    labels: Path | None
    hierarchy: Path | None
    settings: dict[str, object]
    """Those that were given, by their names."""
    device: str | None
    out: Path
    force: bool
    resume: bool

    def files(self) -> dict[str, Path]:
        """Files of the streams by name. Raises ``InputError`` for the first fault that can be seen of them at once."""
        found: dict[str, Path] = {}
        for text in self.streams:
            name, equals, file = text.partition("=")
            if not (name and equals and file):
                raise InputError(f"--stream must be NAME=FILE; got {text}")
            if name in found:
                raise InputError(f"--stream: two are called {name}")
            path = Path(file)
            if path.suffix not in SUFFIXES:
                raise InputError(f"--stream {name} must be a {' or '.join(SUFFIXES)} file; got {path}")
            if not path.is_file():
                raise InputError(f"--stream {name}: no such file, {path}")
            found[name] = path
        if len(found) < 2 and (found or not self.resume):
            raise InputError(f"alignment needs two streams or more; got {len(found)}")
        return found


def align_streams(asked: Asked, quiet: bool, verbose: bool) -> None:
    """Train, measure, write and tell; or go on with the training that was interrupted."""
    from sparling.training.folders import check_free
    from sparling_cli.checks import check_device, check_outside, check_there

    screen = Screen(quiet, verbose)
    if asked.resume and asked.force:
        raise InputError("--resume and --force exclude each other")
    if asked.hierarchy is not None and asked.labels is None:
        raise InputError("--hierarchy needs --labels")
    files = asked.files()
    check_device(asked.device)
    read = {"labels": asked.labels, "hierarchy": asked.hierarchy}
    for option, path in read.items():
        check_there(option, path)
    if not asked.resume:
        check_free(asked.out, MARKER, asked.force)
        check_outside(asked.out, {**read, **{f"stream {name}": path for name, path in files.items()}})
    from sparling.locks import locked

    screen.say("Reading the streams …")
    with locked(asked.out):
        _align(asked, files, read, screen)


def _align(asked: Asked, files: dict[str, Path], read: dict[str, Path | None], screen: Screen) -> None:
    from sparling.alignment.align import align
    from sparling.alignment.measures.files import read_labels
    from sparling.alignment.results import measure, write_results
    from sparling.alignment.streams import Streams
    from sparling.training.devices import choose_fabric

    settings, streams = _begun(asked, files)
    checked = Streams(streams)
    labels = None
    if asked.labels is not None:
        labels = read_labels(asked.labels, len(checked), checked.samples, asked.hierarchy)
    fabric, precision = choose_fabric(asked.device or "auto", "auto")
    widths = ", ".join(f"{name} ({width})" for name, width in zip(checked.names, checked.widths, strict=True))
    screen.say(f"{len(checked):,} samples of {widths}; on {fabric.device} in {precision}; results in {asked.out}")
    words = [word for option, path in read.items() if path is not None for word in (f"--{option}", path)]
    with resumable("sparling", "align", "--resume", "--out", asked.out, *words):
        from sparling_cli.progress import UNKNOWN, TrainingDisplay

        with TrainingDisplay(screen, replace(UNKNOWN, score="explained", unit="samples")) as display:
            alignment = align(
                streams,
                settings,
                folder=asked.out,
                device=fabric,
                observer=display.begin,
                resume=asked.resume,
                replace=not asked.resume,
            )
        screen.say("Measuring …")
        measured = measure(alignment, labels)
    write_results(asked.out, alignment, measured)
    tell(screen, measured, asked.out)


def _begun(asked: Asked, files: dict[str, Path]) -> "tuple[AlignmentSettings, tuple[Stream, ...]]":
    """Settings and streams of a new training, or of the one to resume."""
    from sparling.alignment.alignment import Started
    from sparling.alignment.settings import AlignmentSettings
    from sparling.alignment.streams import Stream

    given = tuple(Stream.read(name, path) for name, path in files.items())
    if not asked.resume:
        return AlignmentSettings(**asked.settings), given  # type: ignore[arg-type]
    started = Started.read(asked.out)
    before = asdict(started.settings)
    for name, got in asked.settings.items():
        if got != before[name] and name != "max_minutes":
            raise SettingDiffers(name, got, before[name])
    minutes = asked.settings.get("max_minutes", started.settings.max_minutes)
    return replace(started.settings, max_minutes=minutes), given or started.open()  # type: ignore[arg-type]


def tell(screen: Screen, measured: "Measured", out: Path) -> None:
    """Errors and retrieval of every pair, and one sentence."""
    from sparling.alignment.results import LATENTS

    table = Table(box=None, pad_edge=False)
    for title in ("from", "to", "not reconstructed", "R@1", "R@5", "R@10"):
        table.add_column(title, justify="left" if title in ("from", "to") else "right")
    found = {(r.query, r.reference): r.recall for r in measured.retrieval}
    for a, source in enumerate(measured.names):
        for b, target in enumerate(measured.names):
            recalls = found.get((a, b), ())
            table.add_row(source, target, f"{measured.errors[a, b]:.1%}", *(f"{value:.3f}" for value in recalls))
    screen.show(table)
    screen.tell(measured.sentence())
    if measured.labelled is not None:
        depths = measured.labelled.agreement.over_compared
        told = ", ".join("none" if value is None else f"{value:.2f}" for value in depths)
        screen.tell(f"Agreement of labels (Jaccard) at depth 0 to {len(depths) - 1}: {told}.")
    screen.line(f"Latents: {out / LATENTS}")
