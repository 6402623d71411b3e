"""What the dialplan says by itself lies ready in every language: without an engine nobody could make it."""

import asyncio
import logging
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from cti.prompter import HousePrompter
from ivr.utterance import Sound

log = logging.getLogger(__name__)

NAMES = (
    *("im-sorry", "please-try-call-later", "vm-mailboxfull", "vm-goodbye"),
    *("call-ends-soon", "call-is-over"),
)
"""Prompts that ``asterisk-conf/extensions.conf.j2`` says in the caller's language."""


async def put_ready(prompter: HousePrompter, directory: Path, languages: Iterable[str]) -> None:
    """Have each of them in ``directory`` as ``LANGUAGE/NAME.wav``; but for Asterisk's own sounds, which it
    finds without us. What cannot be made is Asterisk's own as well: English."""
    for language in languages:
        for name in NAMES:
            made = await prompter.file_of(Sound(name), language)
            try:
                await asyncio.to_thread(_put, made, directory / language / f"{name}.wav")
            except OSError as error:
                log.error("what is said without us cannot be kept in %s: %s", directory, error.strerror)
                return


def _put(made: Path | None, to: Path) -> None:
    """Replaced in one step: it may be played at this moment."""
    if made is None:
        to.unlink(missing_ok=True)
        return
    if to.exists() and to.samefile(made):
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    draft = to.with_name(f".{to.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        os.link(made, draft)
    except OSError:  # another file system
        shutil.copyfile(made, draft)
    draft.replace(to)
