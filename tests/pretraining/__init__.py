"""Tests of how a model is made from image-report pairs."""
