"""Judgement over time: pure functions of looks, rows and a clock, so that a year can be simulated in seconds."""
