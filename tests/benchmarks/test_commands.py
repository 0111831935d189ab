"""A file of the benchmarks that has a command runs it."""

import ast
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[2] / "benchmarks").glob("*.py"))
RUN = 'if __name__ == "__main__":'


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_with_a_command_runs_it(path):
    source = path.read_text(encoding="utf-8")
    has_main = any(isinstance(each, ast.FunctionDef) and each.name == "main" for each in ast.parse(source).body)
    assert not has_main or RUN in source
