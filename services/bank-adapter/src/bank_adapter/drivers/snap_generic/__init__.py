"""Any plain SNAP bank, described by a profile file and not by Python.

The bank family (15 to 18, 22, 23, 36) in the standard's field names. Profiles
beside this module are starting points; `proven` says whether a bank has ever
answered to one.
"""
