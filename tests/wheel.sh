#!/usr/bin/env bash
# The built wheel, installed beside the dependencies of PYTHON and used from a directory where no source lies.
# Usage: tests/wheel.sh PYTHON
set -euo pipefail
python=$(realpath -s "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH

"$python" -m pip check
"$python" -m pip wheel -q --no-deps -w "$work" "$root"
"$python" -m venv --without-pip "$work/venv"
"$python" -m pip --python "$work/venv/bin/python" install -q --no-deps "$work"/*.whl
site=$("$work/venv/bin/python" -c "import sysconfig; print(sysconfig.get_path('purelib'))")
"$python" -c "import sysconfig; print(sysconfig.get_path('purelib'))" >"$site/dependencies.pth"

cd "$work"
"$work/venv/bin/sparling" --version
"$work/venv/bin/sparling" motifs train --help >/dev/null
"$work/venv/bin/python" - "$site" "$root" <<'PYTHON'
import sys
from pathlib import Path

import sparling
import sparling_cli
import sparling_genomics.pages.report
import sparling_recipes

site, root = map(Path, sys.argv[1:])
for package in (sparling, sparling_cli, sparling_genomics, sparling_recipes):
    name = package.__name__
    installed = Path(package.__file__).parent
    assert installed.is_relative_to(site), f"{name} is not the wheel's: {installed}"
    source = next(path for path in (root, root / "cli", root / "data_recipes") if (path / name).is_dir()) / name
    files = [path.relative_to(source) for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    missing = [str(file) for file in files if not (installed / file).is_file()]
    assert not missing, f"{name}: not in the wheel: {missing}"
    print(f"{name}: {len(files)} files, {sum(file.suffix != '.py' for file in files)} of them no Python")
for package in (sparling, sparling_genomics):
    assert (Path(package.__file__).parent / "py.typed").is_file(), f"{package.__name__} has no py.typed"
PYTHON
