"""The demonstration: SIP phones with real RTP, scripted callers, and the table that proves it."""
