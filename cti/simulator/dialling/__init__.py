"""A campaign in virtual time: the real pacing, the real ACD, and people who answer or do not."""
