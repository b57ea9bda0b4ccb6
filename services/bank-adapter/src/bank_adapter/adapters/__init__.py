"""The ports made real: SQL, HTTP, gRPC clients, encryption."""
