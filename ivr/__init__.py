"""Talks with a caller before a person answers: typed flows, a pure interpreter, and its FastAGI shell."""
