"""How steps are carried out: a family per file, each with ``DOERS``, which :mod:`ivr.agi.doers` joins."""
