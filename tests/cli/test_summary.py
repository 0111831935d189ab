"""What is printed at the end: names and paths as they are."""

from pathlib import Path

import pandas as pd
import pytest
from sparling_cli.screen import Screen
from sparling_cli.summary import print_matches, print_summary

from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.rows import SITE_COLUMNS, Family, Match, MotifRow
from sparling_genomics.files.tables import write_motifs_tsv, write_sites_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.naming.library import Library
from sparling_genomics.naming.names import Naming
from sparling_genomics.runs.matching import Named

NAMES = ("TGA[ct]TCA", "AP1[/DBD]", "[bold]", "[/]", "a\\[b]")


@pytest.fixture
def printed(capsys):
    """What ``show`` prints on stdout."""

    def shown(show, *arguments):
        show(Screen(), *arguments)
        return capsys.readouterr().out

    return shown


@pytest.mark.parametrize("name", NAMES)
def test_names_with_brackets_are_printed_as_they_are(name, tmp_path, printed):
    match = Match("M1", name, name, p=1e-9, e=1e-6, q=1e-6, offset=0, strand="+")
    named = [Named("M1", "TGASTCA", Naming((match,), Family(name))), Named(name, "ACGT", Naming())]
    assert printed(print_matches, named, Library()).count(name) == 3
    out = tmp_path / "run[1][/x]"
    out.mkdir(parents=True)
    row = MotifRow.of(Pwm("M1", [[8, 0, 0, 0]], 8), bound_fraction=1.0, auroc=None).with_match(match, Family(name))
    write_motifs_tsv(out / "motifs.tsv", [row])
    write_sites_tsv(out / "sites.tsv.gz", pd.DataFrame(columns=list(SITE_COLUMNS)))
    (out / "run.json").write_text("{}")
    text = printed(print_summary, out, 1.0)
    assert text.count(name) == 2
    assert "run[1][/x]" in text
    assert "0.000" not in text  # no AUROC is none, not 0


def test_what_was_left_out_of_a_database_is_said(printed):
    said = "2 motifs of the database are left out: they have no matrix."
    assert said in printed(print_matches, [], Library(notices=(said,)))


def test_a_database_of_names_with_brackets(printed):
    path = Path(__file__).resolve().parents[3] / "shared" / "reviews" / "inputs" / "db_bracket_names.meme"
    if not path.is_file():
        pytest.skip(f"no {path}")
    (motif,) = read_motifs(path).motifs
    match = Match("M1", motif.name, motif.alt_name, p=1e-9, e=1e-6, q=1e-6, offset=0, strand="+")
    text = printed(print_matches, [Named("M1", "TGASTCA", Naming((match,)))], Library())
    assert "TGA[ct]TCA" in text
    assert "AP1[/DBD]" in text
