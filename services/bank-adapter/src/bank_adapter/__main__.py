"""The service's program."""

from bank_adapter.entrypoints.command_line import app

app()
