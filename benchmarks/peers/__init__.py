"""Adapters of other tools, each in an environment of its own that `peers/install.sh` makes, never in ours."""

import os
from pathlib import Path

ENVIRONMENTS = Path(os.environ.get("SPARLING_PEERS", Path.home() / ".cache/sparling-peers"))
"""Where `peers/install.sh` puts the tools; the variable SPARLING_PEERS says otherwise."""
