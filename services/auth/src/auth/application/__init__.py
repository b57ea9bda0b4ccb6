"""What auth can do, one verb a file, and the ports it needs."""
