"""Plumbing that Gerbang's services share.

It knows no bank, no money and no service: only how to serve, call, configure,
store and log. Business words do not belong here.
"""
