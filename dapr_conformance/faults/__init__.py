"""Byte-level faults and signals; message-level faults live in the recorders."""
