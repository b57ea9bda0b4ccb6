"""BCA's overlay on the standard's signal table (fact sheet section 5.2).

BCA lists neither 409xx01 nor 404xx18 for transfers; the standard's rows stay,
because an unlisted code is no reason to believe less of it. The codes whose
meaning differs at BCA (404xx02 on 18, 500xx01) are UNKNOWN in the standard
table already.
"""

from __future__ import annotations

from bank_adapter.snap.signals import overlaid

TABLES = overlaid({})
