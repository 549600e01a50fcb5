"""Keys that choose what is current."""

from PySide6.QtCore import Qt

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""That of the letters and that of the figures."""
