"""What callers leave for somebody: words, pages, or a recording of a flow's."""

from enum import StrEnum
from typing import NewType

MessageId = NewType("MessageId", str)
"""One message: the name of its file, without what says how it is written."""

Mailbox = NewType("Mailbox", str)
"""Whom messages are for: a queue's id, or a name a flow gives: lower-case letters, digits, ``-``, ``_``."""


class MessageKind(StrEnum):
    """What was left."""

    VOICEMAIL = "voicemail"
    """Words for somebody to listen to and answer."""
    RECORDING = "recording"
    """Words that a flow asked for, such as a comment."""
    FAX = "fax"
    """Pages."""


class MessageState(StrEnum):
    """How far somebody has come with it."""

    NEW = "new"
    HEARD = "heard"
    """Listened to, or looked at."""
    DONE = "done"
    """Nothing more is to be done about it."""
    DELETED = "deleted"
    """Gone, with its file."""
