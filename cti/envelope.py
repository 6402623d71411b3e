"""The envelope: one message of the core, with its place in the run that carried it."""

from dataclasses import dataclass

from acd.instant import Instant
from cti.messages import Input, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message, and when, where in the run and why it happened.

    Inputs and outputs of a run share one sequence: an input, then the outputs it caused, and so on.
    """

    run: str
    """Names one life of the engine, from start to end; never used twice."""
    seq: int
    """Counts the messages of the run, from 1."""
    at: Instant
    cause: int | None
    """The ``seq`` of the input that led to this output; None for an input, and for what a deadline led to."""
    message: Input | Output
