"""Will decide how many calls to place, to whom and when. Nothing lives here yet; README.md says so too."""
