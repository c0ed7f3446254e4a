"""Proof that the checks can fail: every check against its planted faults, and against known-good apps."""
