"""BCA's API before SNAP BI (fact sheet section 8).

A different dialect behind the same protocol. Whether BCA still opens it to new
companies is unknown.
"""
