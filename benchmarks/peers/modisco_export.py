"""The positive patterns of a modisco-lite result as JSON. Runs in the environment of modisco-lite, not in ours.

    python modisco_export.py modisco.h5 patterns.json

One object a pattern: name, frequencies and contributions (W, 4), seqlets [sequence, start, end, reverse].
"""

import json
import sys
from pathlib import Path

import h5py


def main(source, target):
    patterns = []
    with h5py.File(source) as results:
        group = results.get("pos_patterns", {})
        for name in sorted(group, key=lambda key: int(key.rpartition("_")[2])):
            seqlets = group[name]["seqlets"]
            columns = (seqlets[key][:].ravel().tolist() for key in ("example_idx", "start", "end", "is_revcomp"))
            patterns.append(
                {
                    "name": name,
                    "frequencies": group[name]["sequence"][:].tolist(),
                    "contributions": group[name]["contrib_scores"][:].tolist(),
                    "seqlets": [list(row) for row in zip(*columns, strict=True)],
                }
            )
    Path(target).write_text(json.dumps(patterns))


if __name__ == "__main__":
    main(*sys.argv[1:])
