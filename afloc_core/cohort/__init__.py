"""Many cases at once: which they are, running the model over them, and the tables that come of it."""
