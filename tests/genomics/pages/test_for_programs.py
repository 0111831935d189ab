"""What a page gives to programs: its numbers as JSON inside it, and sections for MultiQC."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sparling_genomics.files.tables import read_motifs_tsv, write_motifs_tsv
from sparling_genomics.pages.multiqc import MOTIFS, RUN, sample
from sparling_genomics.pages.report import write_report
from sparling_genomics.pages.run_files import read_run
from tests.genomics.fake_run import write_fake_run

HOSTILE = '</script><script>alert("1")</script><!-- & \u2028'


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = write_fake_run(tmp_path_factory.mktemp("programs") / "run")
    rows = read_motifs_tsv(folder / "motifs.tsv")
    family = {"family": "FOS/JUN", "family_members": ("FOS", "JUN", "BATF", "JUNB"), "family_size": 9}
    write_motifs_tsv(folder / "motifs.tsv", [replace(rows[0], **family), *rows[1:]])
    write_report(folder)
    return folder


def figures_of(run: Path) -> dict[str, object]:
    page = (run / "report.html").read_text(encoding="utf-8")
    (text,) = re.findall(r'<script type="application/json" id="figures">(.*?)</script>', page, flags=re.DOTALL)
    assert not set(text) & set("<>&\u2028\u2029")
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_figures_are_those_of_the_files(run):
    told = figures_of(run)
    rows, info = read_motifs_tsv(run / "motifs.tsv"), json.loads((run / "run.json").read_text())
    assert told["run"] == info
    for row, motif in zip(rows, told["motifs"], strict=True):
        for column in ("motif_id", "consensus", "n_sites", "e_value", "match_q", "family", "auroc"):
            assert motif[column] == getattr(row, column)
        assert motif["family_members"] == list(row.family_members)
        counts = read_run(run).carriers[row.motif_id]
        assert (motif["bound_with"], motif["unbound_with"]) == (counts.bound_with, counts.unbound_with)
        assert [sum(column) for column in motif["probabilities"]] == pytest.approx([1] * row.width, abs=1e-4)
    audit = json.loads((run / "audit.json").read_text())
    assert [motif["checks"] for motif in told["motifs"]] == [each["checks"] for each in audit["motifs"]]


def test_no_name_can_end_the_element(run, tmp_path):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    info = json.loads((copy / "run.json").read_text())
    info["command"] = HOSTILE
    info["metrics"]["density"] = float("nan")
    (copy / "run.json").write_text(json.dumps(info))
    write_report(copy)
    told = figures_of(copy)
    assert told["run"]["command"] == HOSTILE
    assert told["run"]["metrics"]["density"] is None


def test_sections_have_the_numbers_of_the_page(run):
    table, line = (json.loads((run / name).read_text()) for name in (MOTIFS, RUN))
    read = read_run(run)
    assert sample(read) == "ctcf_k562_peaks"
    assert list(table["data"]) == ["ctcf_k562_peaks M1_FOS-JUN", "ctcf_k562_peaks M2_GATA1"]  # no "/": names are paths
    first = table["data"]["ctcf_k562_peaks M1_FOS-JUN"]
    assert first["name"] == "FOS/JUN (FOS, JUN, BATF …)"
    assert first["bound"] == pytest.approx(100 * read.carriers["M1"].bound_share)
    assert set(first) <= set(table["headers"])
    assert line["data"]["ctcf_k562_peaks"]["motifs"] == 2
    assert line["data"]["ctcf_k562_peaks"]["auroc"] == read.metrics["auroc"]


def test_a_run_without_motifs_has_a_line_and_no_table(tmp_path):
    run = write_fake_run(tmp_path / "run", motifs=False)
    (run / MOTIFS).write_text("{}")
    write_report(run)
    assert not (run / MOTIFS).exists()
    assert json.loads((run / RUN).read_text())["data"]["ctcf_k562_peaks"]["motifs"] == 0


def test_multiqc_reads_them(run, tmp_path):
    multiqc = shutil.which("multiqc")
    if multiqc is None:
        pytest.skip("no multiqc")
    done = subprocess.run([multiqc, "--strict", "--outdir", tmp_path, run], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (table,) = tmp_path.glob("multiqc_data/multiqc_sparling_motifs*.txt")
    lines = [line.split("\t") for line in table.read_text().splitlines()]
    assert [line[0] for line in lines] == ["Sample", "ctcf_k562_peaks M1_FOS-JUN", "ctcf_k562_peaks M2_GATA1"]
