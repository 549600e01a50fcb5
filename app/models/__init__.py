"""The state of a review as Qt objects with signals; no widgets, no torch."""
