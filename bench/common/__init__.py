"""What the rows of the scoreboard share."""
