"""Whatever says a number of things says "1 gene" and "2 genes": by `sparling.plurals`, not by hand."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEAK = [
    path
    for folder in ("cli/sparling_cli/splice", "cli/sparling_cli/motifs", "sparling_genomics")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
NOUN_LIST = (
    "acceptors|alleles|contigs|donors|exons|genes|hits|introns|matrices|motifs|records|regions|samples|sequences|sites|"
    "transcripts|variants|windows"
)
NOUN = re.compile(rf"^ (?:[a-z]+ ){{0,2}}(?:{NOUN_LIST})\b")
BY_HAND = re.compile(r"""\{?'s' (?:\*|if)|'' if [^{}]+ == 1 else 's'""")


def numbers_with_a_noun(tree: ast.AST) -> list[int]:
    """Lines of f-strings in which a number, ``{n:,}``, is followed by a noun in the plural."""
    found = []
    for string in ast.walk(tree):
        if not isinstance(string, ast.JoinedStr):
            continue
        for value, text in zip(string.values, string.values[1:], strict=False):
            number = isinstance(value, ast.FormattedValue) and not _constant(value.value)
            grouped = (
                isinstance(value, ast.FormattedValue) and ast.unparse(value.format_spec or ast.Constant("")) == "f','"
            )
            if number and grouped and isinstance(text, ast.Constant) and NOUN.match(str(text.value)):
                found.append(value.lineno)
    return found


def _constant(value: ast.expr) -> bool:
    """A number that is written in capitals is the same on every day."""
    return isinstance(value, ast.Name) and value.id.isupper()


def test_the_check_sees_what_it_should():
    source = 'a = f"{n:,} genes lie"\nb = f"{len(x):,} test genes"\nc = f"{MOST:,} genes"\nd = f"{n:,} bp"\n'
    assert numbers_with_a_noun(ast.parse(source)) == [1, 2]
    assert BY_HAND.search("""f"{n} motif{'s' if n > 1 else ''}" """)


@pytest.mark.parametrize("path", SPEAK, ids=lambda path: str(path.relative_to(ROOT)))
def test_numbers_and_their_nouns_agree(path):
    text = path.read_text(encoding="utf-8")
    found = numbers_with_a_noun(ast.parse(text))
    found += [number for number, line in enumerate(text.splitlines(), start=1) if BY_HAND.search(line)]
    assert found == [], f"{path}: use sparling.plurals.counted in lines {found}"
