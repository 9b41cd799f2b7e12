"""Names in the devkit's two-stage CSV: each sub-score has a column a stage, three rows sum up."""

from driving.scores import OFFICIAL_COLUMNS

STAGES = ("stage_one", "stage_two")
SUMMARY_ROWS = (
    "extended_pdm_score_stage_one",
    "extended_pdm_score_stage_two",
    "extended_pdm_score_combined",
)
"""Tokens of the devkit's last rows."""
TWO_STAGE_COLUMNS = tuple(f"{name}_{stage}" for stage in STAGES for name in OFFICIAL_COLUMNS.values())
