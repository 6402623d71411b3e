"""Side-by-side measurements: one runnable file for each row of the scoreboard."""
