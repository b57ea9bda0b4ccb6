"""The ports of the application made real on SQL."""
