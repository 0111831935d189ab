"""Loading a file executes nothing that is in it."""

import ast
import pickle
import shutil

import numpy as np
import pytest
import torch

from sparling.alignment.rows import read_rows
from sparling.errors import SparlingError
from sparling.training.checkpoint import STATE_FILE, load_state
from tests.test_architecture import PACKAGES

NEVER = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.load", "pickle.loads", "marshal.loads",
    "marshal.load", "shelve.open", "joblib.load", "dill.load", "dill.loads", "yaml.load", "yaml.unsafe_load",
    "pd.read_pickle", "torch.hub.load",
}  # fmt: skip
SAFE_ONLY_WITH = {"torch.load": ("weights_only", True), "np.load": ("allow_pickle", False)}
SOURCES = [path for folder in PACKAGES.values() for path in sorted(folder.rglob("*.py"))]


def faults(source: str) -> list[str]:
    """Calls in ``source`` that would execute what a file holds, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: import {each.name}" for each in node.names if each.name in ("pickle", "marshal")]
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        shell = any(each.arg == "shell" and ast.unparse(each.value) != "False" for each in node.keywords)
        if name in NEVER or shell:
            found.append(f"{node.lineno}: {name}")
        if name in SAFE_ONLY_WITH:
            word, wanted = SAFE_ONLY_WITH[name]
            said = {each.arg: ast.unparse(each.value) for each in node.keywords}
            if said.get(word) != str(wanted):
                found.append(f"{node.lineno}: {name} without {word}={wanted}")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_call_executes_what_a_file_holds(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ["eval(x)", "torch.load(p)", "torch.load(p, weights_only=False)", "np.load(p)", "import pickle", "os.system(x)",
     "subprocess.run(x, shell=True)", "yaml.load(x)"],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(source):
    assert len(faults(source)) == 1


class Bomb:
    """Writes a file when it is loaded as a pickle."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.fixture
def bomb(tmp_path):
    return Bomb(tmp_path / "went_off")


def test_a_checkpoint_with_code_is_refused_in_one_line(tmp_path, bomb):
    torch.save({"progress": bomb, "model": {}, "optimizer": {}, "held": {}}, tmp_path / STATE_FILE)
    with pytest.raises(SparlingError) as caught:
        load_state(tmp_path)
    assert not bomb.path.exists()
    assert str(caught.value) == (
        f"checkpoint is damaged (UnpicklingError), put back a copy or begin the run anew: {tmp_path / STATE_FILE}"
    )


COMMANDS = {
    "train": lambda run, peaks: ["train", "--resume", "--out", run],
    "report": lambda run, peaks: ["report", run],
    "predict": lambda run, peaks: ["predict", run, "--fasta", peaks, "--out", run.parent / "p.tsv"],
    "scan": lambda run, peaks: ["scan", run, "--fasta", peaks, "--out", run.parent / "s.bed"],
    "audit": lambda run, peaks: ["audit", run],
    "compare": lambda run, peaks: ["compare", run, run, "--out", run.parent / "c"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_runs_the_code_in_a_run_folder(name, small_run, tmp_path, bomb, sparling):
    """Every file that could be a pickle is one: what a command needs it refuses, what it does not need it leaves."""
    run = shutil.copytree(small_run, tmp_path / "run")
    content = pickle.dumps(bomb)
    for path in [*run.rglob("*.pt"), *run.rglob("*.safetensors"), *run.rglob("*.npz"), *run.rglob("*.npy")]:
        path.write_bytes(content)
    if name == "train":
        (run / "run.json").unlink()  # not finished, so its checkpoint is read
    for folder in [run, *(path for path in run.iterdir() if path.is_dir())]:
        torch.save({"progress": bomb, "model": {}, "optimizer": {}, "held": {}}, folder / STATE_FILE)
    result = sparling("motifs", *COMMANDS[name](run, small_run.parent / "peaks.fa"))
    assert not bomb.path.exists()
    if name in ("train", "predict", "scan", "audit"):
        assert result.code == 2
    if result.code:
        assert result.code == 2
        assert "Traceback" not in result.err
        (line,) = [each for each in result.err.splitlines() if each.startswith("sparling:")]
        assert str(tmp_path) in line


def test_an_array_with_code_is_refused(tmp_path, bomb):
    path = tmp_path / "x.npy"
    np.save(path, np.array([bomb], dtype=object), allow_pickle=True)
    with pytest.raises(SparlingError):
        read_rows(path)
    assert not bomb.path.exists()
