"""BCA's access token (73)."""

from __future__ import annotations

from datetime import datetime

from bank_adapter.domain.conversation import Conversation
from bank_adapter.drivers.bca_snap.profile import BCASnapProfile
from bank_adapter.drivers.bca_snap.signals import TABLES
from bank_adapter.snap import token


def ask(profile: BCASnapProfile, *, at: datetime) -> Conversation[token.TokenReading]:
    """Asks for a token; its life at BCA is 900 s."""
    return token.ask(party=profile, path=profile.token_path, at=at, tables=TABLES)
