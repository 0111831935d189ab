import errno
import os
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from sparling.errors import InputError
from sparling.training.checkpoint import (
    load_state,
    load_weights,
    read_json,
    save_model,
    save_state,
    write_atomically,
    write_json,
)
from tests.core.toy import toy_model

STATE = {"progress": {"step": 3, "best": float("-inf")}, "model": {"w": torch.ones(2)}, "optimizer": {}, "held": None}


class Payload:
    """What an attacker would pickle: loading it makes a file."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.proof),)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    write_atomically(path, lambda temporary: temporary.write_text("one"))
    write_atomically(path, lambda temporary: temporary.write_text("two"))
    assert path.read_text() == "two"
    assert names(path.parent) == ["file.txt"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def half(temporary: Path) -> None:
        temporary.write_text("ne")
        assert path.read_text() == "old"
        raise error

    with pytest.raises(type(error)):
        write_atomically(path, half)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file.txt"]


def test_a_full_disk_says_which_file_whatever_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_state(tmp_path, STATE)
    save_model(tmp_path, toy_model(), {})
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    for name, write in (
        ("state.pt", lambda: save_state(tmp_path, STATE)),
        ("model.safetensors", lambda: save_model(tmp_path, toy_model(), {})),
    ):
        with pytest.raises(OSError, match="No space left on device") as caught:
            write()
        assert caught.value.filename == str(tmp_path / name)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_weights_can_be_read_by_whom_the_other_files_can(tmp_path: Path) -> None:
    save_model(tmp_path, toy_model(), {})
    assert len({path.stat().st_mode for path in tmp_path.iterdir()}) == 1


def test_state_round_trip(tmp_path: Path) -> None:
    save_state(tmp_path, STATE)
    loaded = load_state(tmp_path)
    assert loaded["progress"] == STATE["progress"]
    assert torch.equal(loaded["model"]["w"], torch.ones(2))
    assert names(tmp_path) == ["state.pt"]


def test_loading_a_checkpoint_executes_no_code(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    torch.save(STATE | {"held": Payload(proof)}, tmp_path / "state.pt")
    with pytest.raises(InputError, match=r"checkpoint is damaged \(UnpicklingError\)"):
        load_state(tmp_path)
    assert not proof.exists()
    torch.load(tmp_path / "state.pt", weights_only=False)
    assert proof.exists(), "the payload itself works"


def test_model_round_trip(tmp_path: Path) -> None:
    model, config = toy_model(seed=1), {"channels": 2, "density": 0.1}
    model.sparsity.density = 0.07
    model(torch.randn(8, 1, 24))
    save_model(tmp_path, model, config)
    assert names(tmp_path) == ["config.json", "model.safetensors"]
    assert read_json(tmp_path / "config.json") == config
    copy = toy_model(seed=2)
    load_weights(tmp_path, copy)
    x = torch.randn(8, 1, 24)
    assert torch.equal(copy.eval()(x).output, model.eval()(x).output)
    assert copy.sparsity.density == 0.07


@pytest.mark.parametrize("content", [b"", b"{}", b"\x80\x04junk that is longer than eight bytes"])
def test_damaged_weights(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"model weights cannot be loaded \(.+\): .*model\.safetensors"):
        load_weights(tmp_path, toy_model())


def test_weights_cut_short(tmp_path: Path) -> None:
    save_model(tmp_path, toy_model(), {})
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match=r"model weights cannot be loaded"):
        load_weights(tmp_path, toy_model())


def test_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"model weights cannot be loaded \(.*No such file"):
        load_weights(tmp_path, toy_model())


def test_pickled_weights_execute_no_code(tmp_path: Path) -> None:
    torch.save(Payload(tmp_path / "proof"), tmp_path / "model.safetensors")
    with pytest.raises(InputError):
        load_weights(tmp_path, toy_model())
    assert not (tmp_path / "proof").exists()


def test_weights_of_another_model(tmp_path: Path) -> None:
    save_model(tmp_path, toy_model(channels=3), {})
    with pytest.raises(InputError, match="model weights cannot be loaded"):
        load_weights(tmp_path, toy_model())


def test_weights_with_an_impossible_density(tmp_path: Path) -> None:
    save_model(tmp_path, toy_model(), {})
    tensors = load_file(tmp_path / "model.safetensors")
    save_file(
        tensors | {"sparsity.density_state": torch.zeros((), dtype=torch.float64)}, tmp_path / "model.safetensors"
    )
    with pytest.raises(InputError, match=re.escape("density must lie strictly between 0 and 1; got 0.0")):
        load_weights(tmp_path, toy_model())


def test_json_round_trip(tmp_path: Path) -> None:
    value = {"name": "α", "list": [1, 2.5, None], "nested": {"yes": True}}
    write_json(tmp_path / "file.json", value)
    assert read_json(tmp_path / "file.json") == value
    assert names(tmp_path) == ["file.json"]


def test_json_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "file.json", {"x": object()})
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"not JSON \(.*\), .*file\.json:1"),
        (b'{\n"a": 1,\n', r"not JSON \(.*\), .*file\.json:3"),
        (b"\xff\xfe", r"cannot be read \(.*\), .*file\.json"),
        (b"[1, 2]", r"expected a JSON object, .*file\.json:1"),
    ],
)
def test_damaged_json(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "file.json").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_json(tmp_path / "file.json")


def test_missing_json(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read .*No such file"):
        read_json(tmp_path / "file.json")
