"""When a run may be started in a folder, and what making it empty leaves."""

from pathlib import Path

import pytest

from sparling.errors import FolderError, FolderInUse, NotARunFolder, NotWritable
from sparling.training.folders import check_free, make_empty

MARKER = "marker.json"


@pytest.mark.parametrize("force", [False, True])
def test_new_and_empty_folders_are_free(tmp_path: Path, force: bool) -> None:
    for name in ("new", "two/levels", "."):
        check_free(tmp_path / name, MARKER, force)
    assert list(tmp_path.iterdir()) == []


def test_only_the_folder_of_a_run_is_replaced_and_only_by_force(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("precious")
    with pytest.raises(FolderInUse, match=f"the folder is in use: .*: {tmp_path}$"):
        check_free(tmp_path, MARKER, False)
    with pytest.raises(NotARunFolder, match=f"only run folders are replaced, and this has no {MARKER}"):
        check_free(tmp_path, MARKER, True)
    (tmp_path / MARKER).touch()
    check_free(tmp_path, MARKER, True)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", MARKER}


def test_a_file_is_no_folder_nor_is_anything_below_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    for path, words in ((file, "a file, expected a folder"), (file / "run", "cannot be written")):
        with pytest.raises(FolderError, match=words):
            check_free(path, MARKER, True)
    with pytest.raises(NotWritable, match=r"cannot be written \(Not a directory\)"):
        make_empty(file / "run")
    assert file.read_text() == "precious"


def test_a_folder_is_made_or_emptied(tmp_path: Path) -> None:
    folder = tmp_path / "two" / "levels"
    make_empty(folder)
    (folder / "old").touch()
    (folder / "deep" / "er").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").touch()
    (folder / "link").symlink_to(tmp_path / "mine")
    make_empty(folder)
    assert (tmp_path / "mine" / "precious").exists()
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_a_link_to_a_folder_and_the_working_folder_are_emptied_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, link = tmp_path / "disk", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    monkeypatch.chdir(folder)
    for path in (link, Path(".")):
        (folder / "old").touch()
        make_empty(path)
        assert list(folder.iterdir()) == []
    assert link.is_symlink()
