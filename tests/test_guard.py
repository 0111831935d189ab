"""The guard fails the test that leaks, that test alone, and puts back what it changed."""

import pytest

OFF = ("-p", "no:randomly", "-p", "no:xdist", "-p", "no:cacheprovider", "--strict-markers")
INNOCENT = """
def test_innocent():
    assert torch.get_num_threads() == 1
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert "LEAKED" not in os.environ
"""
HEAD = "import os, random, numpy, pytest, torch\n"


def run(pytester: pytest.Pytester, text: str) -> pytest.RunResult:
    pytester.makeconftest('pytest_plugins = ["tests.guard"]')
    pytester.makepyfile(HEAD + text)
    return pytester.runpytest_inprocess(*OFF)


@pytest.mark.parametrize(
    ("leak", "message"),
    [
        ("torch.set_num_threads(2)", "torch threads: 1 → 2"),
        ("torch.set_default_dtype(torch.float64)", "torch default dtype: torch.float32 → torch.float64"),
        ("torch.set_default_device('meta')", "torch default device: cpu → meta"),
        ("torch.set_grad_enabled(False)", "torch gradients: True → False"),
        ("torch.use_deterministic_algorithms(True)", "torch deterministic algorithms: False → True"),
        ("torch.set_float32_matmul_precision('medium')", "torch matmul precision: highest → medium"),
        ("os.chdir('/')", "working directory: *"),
        ("os.environ['LEAKED'] = '1'", "environment: LEAKED"),
    ],
)
def test_what_a_test_leaves_changed_fails_it_and_not_the_next(
    pytester: pytest.Pytester, leak: str, message: str
) -> None:
    result = run(pytester, f"def test_leaks():\n    {leak}\n{INNOCENT}")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([f"*left the process changed ({message})"])


@pytest.mark.parametrize(
    ("leak", "message"),
    [
        ("random.random()", "random's generator: drawn from or changed"),
        ("numpy.random.rand()", "numpy.random's generator: drawn from or changed"),
    ],
)
def test_a_body_that_draws_from_global_generators_fails(pytester: pytest.Pytester, leak: str, message: str) -> None:
    result = run(pytester, f"def test_leaks():\n    {leak}\n{INNOCENT}")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"*left the process changed ({message})"])


def test_a_fixture_of_a_module_that_leaks_is_found(pytester: pytest.Pytester) -> None:
    leak = (
        "@pytest.fixture(scope='module')\ndef leaky():\n    torch.set_num_threads(2)\ndef test_it(leaky):\n    pass\n"
    )
    result = run(pytester, leak)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*left the process changed (torch threads: 1 → 2)"])


def test_what_is_put_back_is_no_leak_and_a_failing_test_keeps_its_own_message(pytester: pytest.Pytester) -> None:
    text = """
    def test_patched(monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LEAKED", "1")
        with torch.no_grad():
            pass

    def test_fails():
        assert 1 + 1 == 3
    """
    result = run(pytester, "\n".join(line[4:] for line in text.splitlines()))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*assert (1 + 1) == 3"])


def test_torch_starts_each_test_and_each_fixture_from_one_state(pytester: pytest.Pytester) -> None:
    text = """
@pytest.fixture(scope="module")
def drawn():
    return torch.rand(1)

@pytest.mark.parametrize("_", range(2))
def test_same(_, drawn):
    assert torch.equal(torch.rand(1), drawn)
"""
    run(pytester, text).assert_outcomes(passed=2)
