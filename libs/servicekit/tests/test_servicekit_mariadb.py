"""The throw-away database of the tests, when its port is not its own."""

import socket
from pathlib import Path

from servicekit.testing_mariadb import MariaDBServer


def test_taken_port_is_exchanged_for_a_free_one(tmp_path: Path):
    server = MariaDBServer(tmp_path)
    server.install()
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        # It takes connections and never says a word.
        other.listen()
        taken = server.port
        try:
            server.start()
            assert server.port != taken
            assert server.create_schema("probe").endswith(f":{server.port}/probe")
        finally:
            server.kill()
