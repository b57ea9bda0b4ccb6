"""BCA's SNAP BI dialect (fact sheet sections 2, 3, 5 and 6)."""
