"""How every process of ours writes its log."""

import logging
import sys


def log_to_stderr() -> None:
    """From INFO on, a line each, to standard error."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
