"""Pure functions over what was sent and seen."""
