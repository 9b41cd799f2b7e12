"""Training curves."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from driving.errors import DataError
from navsim_agent.evaluation.plots.curves import Curve, draw_curve, read_curves


def test_reads_every_quantity_where_it_was_logged(tmp_path: Path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "loss": 2.0}\n\n{"step": 10, "loss": 1.0, "reward": NaN}\n')
    loss, reward = read_curves(path)
    assert (loss.name, reward.name) == ("loss", "reward")
    np.testing.assert_array_equal(loss.steps, [1.0, 10.0])
    np.testing.assert_array_equal(loss.values, [2.0, 1.0])
    assert np.isnan(reward.values).all()


@pytest.mark.parametrize("line", ["{", "[1]", '{"loss": 1.0}', '{"step": 1, "loss": "high"}'])
def test_names_the_line_that_is_broken(tmp_path: Path, line: str):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1, "loss": 2.0}\n' + line + "\n")
    with pytest.raises(DataError, match=r"metrics\.jsonl:2"):
        read_curves(path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(DataError, match=r"metrics\.jsonl"):
        read_curves(tmp_path / "metrics.jsonl")


def test_draws_well_formed_svg_in_the_colour_of_the_text():
    values = np.array([3.0, np.nan, 1.0, 0.5])
    svg = draw_curve(Curve('loss <&"', np.arange(4.0), values))
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert "currentColor" in svg
    assert svg == draw_curve(Curve('loss <&"', np.arange(4.0), values))


def test_draws_a_curve_without_a_single_number():
    assert "<svg" in draw_curve(Curve("loss", np.arange(2.0), np.full(2, np.nan)))
