"""Canvas, panels, window: they show a model and emit intentions."""
