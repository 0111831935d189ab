"""The tutorial on a genome, as it stands on its page, on the genome of fission yeast."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "tutorial_genome.md"
FILES = {"pombe.fa.gz": "pombe_genome.fa.gz", "pombe.gff3.gz": "pombe_annotation.gff3.gz"}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def test_the_page_says_what_comes_out(shared_data: Path, tmp_path: Path) -> None:
    for name, original in FILES.items():
        (tmp_path / name).symlink_to(shared_data / "splicing" / original)
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S))
    sparling = f'sparling() {{ "{sys.executable}" -m sparling_cli "$@"; }}'
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    script = f"set -e\n{sparling}\n{commands}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    assert len((tmp_path / "promoters.bed").read_text().splitlines()) == 12_642
    first, second = rows(tmp_path / "rp" / "motifs.tsv")
    assert "GTGACTG" in first["consensus"]
    assert "TAGKGT" in second["consensus"] or "TAGGGT" in second["consensus"]

    ranked = sorted(rows(tmp_path / "promoters.tsv"), key=lambda row: -float(row["logit"]))
    best = {row["sequence"] for row in ranked[:300]}
    assert sum(re.match(r"rp[sl]\d", name) is not None for name in best) > 110
    assert len(best & {"rpp0", "rpp101", "rpp102", "rpp201", "rpp203", "ubi1", "ubi3", "tef101", "cpc2"}) > 5

    change = {row["name"]: float(row["logit_change"]) for row in rows(tmp_path / "mutants" / "variants.tsv")}
    assert all(value < -4 if "box" in name else abs(value) < 0.5 for name, value in change.items())
    assert (tmp_path / "mutants" / "pictures").is_dir()
    assert (tmp_path / "sites.bed.gz.tbi").is_file()
