"""Statistics of left-censored values: measurements of which some are only "below a limit"."""
