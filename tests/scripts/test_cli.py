"""The command line: help that a newcomer understands, and one line for every mistake."""

from pathlib import Path

import pytest

from scripts.cli import VERBS, main


def outcome(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_without_a_verb_it_lists_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = outcome([], capsys)
    assert status == 0
    assert all(f"  {verb} " in out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_its_keys(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All of its own; of the nested ones (with a dot) those whose name does not say enough."""
    status, out, _ = outcome([verb, "--help"], capsys)
    assert status == 0
    assert VERBS[verb][1:] in out
    keys = out.split("keys:\n")[1].splitlines()
    for line, following in zip(keys, [*keys[1:], ""], strict=True):
        if not line.startswith("      ") and "." not in line.partition("=")[0]:
            assert following.startswith("      "), f"{verb}: no explanation of {line.strip()}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "unknown verb 'fly'"),
        (["compare", "our=x.csv"], "our"),
        (["compare", "x.csv"], "expected key=value, got 'x.csv'"),
        (["compare", "tolerance=small"], "tolerance"),
        (["compare", "official=b.csv"], "ours"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = outcome(arguments, capsys)
    assert status == 2
    assert err.count("\n") == 1
    assert message in err


def test_bad_input_is_one_line_with_the_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none.csv"
    status, _, err = outcome(["compare", f"ours={missing}", f"official={missing}"], capsys)
    assert status == 1
    assert err.count("\n") == 1
    assert str(missing) in err


@pytest.mark.parametrize(
    ("verb", "message"),
    [
        ("cache", "irl-vla: interrupted; the same command goes on from here\n"),
        ("doctor", "irl-vla: interrupted\n"),
    ],
)
def test_ctrl_c_promises_only_what_holds(
    verb: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("scripts.cli._run", interrupted)
    status, _, err = outcome([verb], capsys)
    assert (status, err) == (130, message)
