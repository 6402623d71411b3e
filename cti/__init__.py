"""The switchboard: joins the pure cores, owns the loop and the outside world."""
