"""The pages of reviewers: queue, evidence, decisions, appeals, reports."""
