"""Decides who talks to whom. Pure: no clock, no dice, no machine; see ARCHITECTURE.md."""
