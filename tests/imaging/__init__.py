"""Tests of files becoming radiographs."""
