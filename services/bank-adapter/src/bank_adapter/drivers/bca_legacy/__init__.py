"""BCA's API before SNAP BI (fact sheet section 8).

A different dialect behind the same protocol. Whether BCA still opens it to new
companies is unknown. It needs two steps that the runner does not speak yet
(steps.py), so the registry does not offer it.
"""
