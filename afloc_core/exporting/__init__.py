"""Pictures out, with provenance and without patients."""
