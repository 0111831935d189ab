"""Help tells the defaults, which live elsewhere."""

import pytest


@pytest.mark.parametrize(
    ("command", "defaults"),
    [
        (("validate", "digit-circle"), ("[default: quick]", "[default: 0]", "[default: sparling]", "[default: auto]")),
        (
            ("motifs", "train"),
            ("Default: none.", "[default: 21; RNA 15;", "[default: all that are likelier than chance]"),
        ),
        (("validate", "planted-dna"), ("[default: order]", "[default: 0]", "[default: auto]")),
        (("demo",), ("[default: auto]",)),
    ],
)
def test_help_tells_defaults(sparling, monkeypatch, command, defaults):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERMINAL_WIDTH", "200")
    result = sparling(*command, "--help")
    assert result.code == 0
    for default in defaults:
        assert default in result.out, default
