"""The command `gerbang-ops`."""

from gerbang_ops.command_line import app


def main() -> None:
    """Runs the command line."""
    app()


if __name__ == "__main__":
    main()
