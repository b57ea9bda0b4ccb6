"""Who may ask: the clients and their tokens, the operators and their login, the keys.

It knows no bank and no transfer. Other services learn an identity from the
claims that the edge reads out of a token made here.
"""
