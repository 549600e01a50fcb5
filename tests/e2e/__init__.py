"""What a reader does, from the first key to the last."""
