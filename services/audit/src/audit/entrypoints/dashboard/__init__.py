"""The dashboard: pages for operators over the stored events. Reads only."""
