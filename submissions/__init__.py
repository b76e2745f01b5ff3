"""The developer portal: submissions, their review, decisions with reasons, appeals, reports."""
