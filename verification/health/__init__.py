"""The health of tools over time: looks become rows, rows are judged, judgement begins the next looks."""
