"""Charts, maps and tables of the reports: one theme, one Chinese font."""
