"""`python -m audit`."""

from audit.entrypoints.cli import app

app(prog_name="python -m audit")
