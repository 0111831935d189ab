"""The notebook in examples/ runs from the first cell to the last, on a small run in the demo's place."""

import gzip
import shutil
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "examples" / "run_to_prediction.ipynb"


def test_the_notebook_runs_and_is_kept_with_its_outputs(small_run: Path, tmp_path: Path) -> None:
    shutil.copytree(small_run, tmp_path / "demo" / "motifs")
    (tmp_path / "demo" / "planted.fa.gz").write_bytes(gzip.compress((small_run.parent / "peaks.fa").read_bytes()))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) == 5
    assert all(cell.outputs for cell in cells)
    NotebookClient(
        notebook, timeout=None, startup_timeout=600, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    load, look, logo, predict, scan = (str(cell.outputs) for cell in cells)
    assert "1 motif" in load
    assert "data:image/svg+xml" in look
    assert "image/png" in logo
    assert "with the motif" in predict
    assert "chrom_strand" in scan
