"""``sparling doctor``: what is installed, what it will run on, and what is in the way."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from rich.table import Table

from sparling_cli.screen import Screen

PACKAGES = (
    "sparling-genomics",
    "torch",
    "lightning-fabric",
    "numpy",
    "pandas",
    "scipy",
    "biopython",
    "memelite",
    "safetensors",
    "pooch",
)


def doctor() -> None:
    """Print versions, device, threads and conflicts. Exit code 2 if something is missing or in conflict."""
    import torch

    from sparling.conflict import REMEDY, conflicting_distribution
    from sparling.training.devices import has_fast_bf16

    screen = Screen()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("python", platform.python_version())
    missing = []
    for name in PACKAGES:
        try:
            table.add_row(name, version(name))
        except PackageNotFoundError:
            missing.append(name)
            table.add_row(name, "missing")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    table.add_row("device", f"{device} ({name})")
    table.add_row("precision", "bf16" if has_fast_bf16(device) else "float32 (no fast bf16 here)")
    table.add_row("threads", str(torch.get_num_threads()))
    conflict = conflicting_distribution()
    table.add_row("conflicts", conflict or "none")
    screen.show(table)
    if conflict:
        screen.tell(f"{conflict} installs a package of the same name and overwrites this one. {REMEDY}")
    if conflict or missing:
        sys.exit(2)
