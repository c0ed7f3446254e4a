"""The one child process of a run: it owns every other process and hosts the recorders."""
