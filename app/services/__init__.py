"""Work off the main thread; the latest request wins."""
