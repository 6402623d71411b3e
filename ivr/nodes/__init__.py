"""The kinds of nodes a flow is made of, one file each: how a kind is written, and what it does."""
