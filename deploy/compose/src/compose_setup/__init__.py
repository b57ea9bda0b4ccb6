"""Prepares an installation under Compose before any service starts.

It makes what is absent and leaves alone what is there, so it runs at every
`docker compose up`. It knows the names of the services and none of their code.
"""
