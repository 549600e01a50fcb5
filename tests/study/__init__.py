"""Reading studies, without a screen."""
