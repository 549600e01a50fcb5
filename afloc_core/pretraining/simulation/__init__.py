"""Findings drawn on normal radiographs, each with what a report would say of it."""
