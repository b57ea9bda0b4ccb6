"""Gerbang on one machine, for development and tests.

Makes a development CA, keys, a demo client and configuration below one state
folder, starts every process in order and stops them again. Never used in
production: `mode = "production"` refuses what is made here.
"""
