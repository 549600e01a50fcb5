"""The same window as the unit tests of the application, and readers of studies."""

from tests.app.conftest import film_file, open_window
from tests.e2e.blinded_reader import answers_nothing, blinded, make_reader, unblinded
from tests.e2e.study_window import sit

__all__ = ["answers_nothing", "blinded", "film_file", "make_reader", "open_window", "sit", "unblinded"]
