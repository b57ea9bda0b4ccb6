"""`python -m signer`."""

from signer.entrypoints.cli import app

app()
