"""Recorders: they stand between daprd and the app, pass bytes on exactly, and keep, time and alter exchanges."""
