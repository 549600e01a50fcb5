"""Tests of the formats of annotation files."""
