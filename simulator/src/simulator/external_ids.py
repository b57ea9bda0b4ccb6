"""X-EXTERNAL-ID may be used once a Jakarta calendar day by each partner, for any service.

Only the two newest days are kept.
"""

_DAYS_KEPT = 2


class ExternalIDs:
    """The ids seen, by day and partner."""

    def __init__(self) -> None:
        self._days: dict[int, set[tuple[str, str]]] = {}

    def use(self, client_id: str, external_id: str, day: int) -> bool:
        """Take the id for the day. False when it was taken before."""
        seen = self._days.get(day)
        if seen is None:
            seen = self._days[day] = set()
            for old in sorted(self._days)[:-_DAYS_KEPT]:
                if old != day:
                    del self._days[old]
        key = (client_id, external_id)
        if key in seen:
            return False
        seen.add(key)
        return True

    def was_used(self, client_id: str, external_id: str, day: int) -> bool:
        return (client_id, external_id) in self._days.get(day, set())
