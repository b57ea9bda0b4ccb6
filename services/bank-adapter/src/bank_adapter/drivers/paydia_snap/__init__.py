"""Paydia's SNAP BI dialect (fact sheet section 7).

Of 11, 36, 42 and 43 only the beginnings are published. What is not known is a
field of the profile, with the standard's shape as its default.
"""
