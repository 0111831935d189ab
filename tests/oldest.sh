#!/usr/bin/env bash
# The fast tests of the lower rooms with the oldest dependencies that pyproject.toml allows.
# Torch stays as in constraints.txt, and with it what only torch needs; all else that is not pinned comes from PYTHON.
# Usage: tests/oldest.sh PYTHON
set -euo pipefail
python=$(realpath -s "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH
cd "$root"

"$python" - >"$work/lowest.txt" <<'PYTHON'
import tomllib
from pathlib import Path

for requirement in tomllib.loads(Path("pyproject.toml").read_text())["project"]["dependencies"]:
    if not requirement.startswith("torch"):
        print(requirement.replace(">=", "=="))
PYTHON
"$python" -m venv --without-pip "$work/venv"
oldest="$work/venv/bin/python"
site=$("$oldest" -c "import sysconfig; print(sysconfig.get_path('purelib'))")
"$python" -c "import sysconfig; print(sysconfig.get_path('purelib'))" >"$site/dependencies.pth"
"$python" -m pip --python "$oldest" install -q --prefer-binary -r "$work/lowest.txt"
while IFS= read -r pin; do
    name=${pin%%==*}
    echo "$name $("$oldest" -c "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))" "$name")"
done <"$work/lowest.txt"
PYTHONPATH="$root:$root/cli:$root/data_recipes" "$oldest" -m pytest -p no:cacheprovider \
    -W ignore::DeprecationWarning -W ignore::FutureWarning \
    tests/core/layer tests/core/networks tests/genomics/letters tests/genomics/files tests/genomics/data \
    tests/genomics/naming tests/genomics/pages sparling/layer sparling_genomics/letters sparling_genomics/files
