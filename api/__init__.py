"""HTTP and live feed: translates and authorises, decides nothing. Also the composition root."""
