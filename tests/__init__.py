"""Tests of AFLoc Review."""
