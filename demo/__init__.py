"""The demonstration: SIP phones with real RTP, thirty scripted callers, and the table that proves it."""
