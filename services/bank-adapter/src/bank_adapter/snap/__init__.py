"""SNAP BI grammar: headers, bodies, codes. Pure."""
