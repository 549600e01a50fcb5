"""The same window as the unit tests of the application."""

from tests.app.conftest import film_file, open_window

__all__ = ["film_file", "open_window"]
