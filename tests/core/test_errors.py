"""One family; what was wrong can be read by people and by programs, and in another process; no word of options."""

import pickle
from pathlib import Path

import pytest

from sparling import errors
from sparling.errors import InputError, SparlingError

RAISED = [
    errors.SettingOutOfRange("seed", -1, "a whole number from 0"),
    errors.SettingDiffers("seed", 7, 0),
    errors.NoUsableGpu(),
    errors.FolderInUse(Path("run")),
    errors.NotAFolder(Path("run")),
    errors.NotARunFolder(Path("run"), "config.toml"),
    errors.NotWritable(Path("run"), "Read-only file system"),
    errors.NothingToResume(Path("run"), "config.toml"),
]
PACKAGE = Path(errors.__file__).parent


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_in_another_process(error: SparlingError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_bad_input_is_one_family(error: SparlingError) -> None:
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert "--" not in str(error)


def test_settings_out_of_range_are_value_errors_too() -> None:
    assert str(RAISED[0]) == "seed must be a whole number from 0; got -1"
    assert isinstance(RAISED[0], ValueError)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_core_speaks_of_no_option(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert '"--' not in text
    assert "'--" not in text
