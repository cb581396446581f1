"""The report: what the marts say, as one page that needs no network."""
