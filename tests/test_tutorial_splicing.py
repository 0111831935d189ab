"""The tutorial on splicing, as it stands on its page, on the genome of fission yeast: minutes, so it is `slow`."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "tutorial_splicing.md"
FILES = {"pombe.fa.gz": "pombe_genome.fa.gz", "pombe.gff3.gz": "pombe_annotation.gff3.gz"}


@pytest.mark.slow
def test_the_page_says_what_comes_out(shared_data: Path, tmp_path: Path) -> None:
    for name, original in FILES.items():
        (tmp_path / name).symlink_to(shared_data / "splicing" / original)
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S))
    sparling = f'sparling() {{ "{sys.executable}" -m sparling_cli "$@"; }}'
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    script = f"set -e\n{sparling}\n{commands}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "2,445 of 5,124 protein_coding genes have introns: 5,187" in done.stdout

    with (tmp_path / "run" / "motifs.tsv").open(encoding="utf-8") as lines:
        motifs = list(csv.DictReader(lines, delimiter="\t"))
    branch = [row for row in motifs if row["role"] == "branch point"]
    assert len(branch) == 1
    assert float(branch[0]["acceptor_change"]) < -0.15
    assert any(float(row["donor_share"]) > 0.8 for row in motifs)

    effects = {}
    for line in (tmp_path / "mutants.out.vcf").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            fields = line.split("\t")
            effects[fields[2]] = fields[7]
    lost = {name: float(text.split("|")[3]) for name, text in effects.items()}
    assert lost["branch"] > 0.5
    assert lost["acceptor"] > 0.5
    assert f"SparlingLost={branch[0]['motif_id']}@" in effects["branch"]
    assert max(lost["tract"], lost["beside"]) < 0.2
    assert float(effects["donor"].split("|")[5]) > 0.5
