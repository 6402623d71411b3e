"""Whether a telephone may be made to ring: one gate, and what it goes by. Pure; never legal advice."""
