"""Tests of marks, their file formats and the review store."""
