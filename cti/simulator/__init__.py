"""The simulator: traces of real or invented calls, and worlds in which the floor takes them."""
