"""RSA-2048 by `openssl speed` on this machine: the measure for the signer.

openssl divides by the CPU time it used, so its figure is one core's even when
others want that core too.
"""

from __future__ import annotations

import shutil
import subprocess

SECONDS = 2
PATIENCE_S = 30.0


def rsa_2048_signs_per_s() -> float | None:
    """Signatures a CPU second; None without openssl on the path."""
    program = shutil.which("openssl")
    if program is None:
        return None
    done = subprocess.run(
        [program, "speed", "-mr", "-seconds", str(SECONDS), "rsa2048"],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    # +F2:index:bits:signatures a second:verifications a second
    for line in done.stdout.splitlines():
        fields = line.split(":")
        if fields[0] == "+F2" and fields[2] == "2048":
            return float(fields[3])
    raise ValueError(f"openssl speed says something else than expected: {done.stdout!r}")
