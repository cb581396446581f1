"""The report: the marts as one HTML page that needs no network."""
