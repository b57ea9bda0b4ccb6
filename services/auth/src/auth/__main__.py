"""`python -m auth`: serve, migrate, check-config, clients, operators, keys."""

from auth.entrypoints.command_line import app

if __name__ == "__main__":
    app(prog_name="python -m auth")
