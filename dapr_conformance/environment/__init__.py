"""From what a check needs to running processes: plans, files, command lines, readiness."""
