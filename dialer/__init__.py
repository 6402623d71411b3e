"""Decides how many calls to place, to whom and when. Nothing here dials: others carry out what is decided."""
