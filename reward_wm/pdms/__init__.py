"""PDMS, the score of NAVSIM v1, by the rules of its devkit v1.1: what differs from EPDMS, no more.

PDMS = NC * DAC * (5 EP + 5 TTC + 2 C) / 12. There is no human-penalty filter and no other traffic than the
log's.
"""

from reward_wm.pdms.prepare import PreparedPdms, prepare_pdms
from reward_wm.pdms.score import PDMS_COLUMNS, PdmsScores, score_pdms

__all__ = ["PDMS_COLUMNS", "PdmsScores", "PreparedPdms", "prepare_pdms", "score_pdms"]
