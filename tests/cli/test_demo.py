"""The promise of the first minute: every planted motif is found, each once."""

import pytest
from sparling_cli import demo


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_demo_finds_every_planted_motif_once(seed, sparling, tmp_path):
    result = sparling("demo", "--out", tmp_path / "demo", "--seed", seed)
    assert result.code == 0
    assert "Every planted motif was found, each once." in result.out


def test_what_the_demo_leaves_can_be_audited(small, sparling, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "SEQUENCES", 300)
    monkeypatch.setattr(demo, "LENGTH", 40)
    out = tmp_path / "demo"
    out.mkdir()
    for name in (demo.PLANTED, "left of the demo before"):
        (out / name).touch()
    result = sparling("demo", "--out", out, "--force")
    assert result.code == 0, result.err
    assert "Planted and found" in result.out
    assert sorted(path.name for path in out.iterdir()) == ["motifs", demo.PLANTED]
    assert f"sparling motifs audit {out} " in result.err
    audited = sparling("motifs", "audit", out, "--no-null")
    assert audited.code == 0, audited.err
    assert (out / "motifs" / "audit.json").exists()
    assert sparling("motifs", "report", out).code == 0


def test_the_demo_leaves_other_folders_alone(sparling, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for words in ((), ("--force",)):
        result = sparling("demo", "--out", tmp_path, *words)
        assert result.code == 2
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
