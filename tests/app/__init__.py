"""The desktop application under test."""
