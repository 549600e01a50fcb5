"""The look: quiet greys for a dark room, type readable from an arm's length, colour only where it means something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QPalette

from afloc_core.resource_files import resource_path

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

BACKDROP = QColor("#0b0c0e")
PANEL = QColor("#16181b")
RAISED = QColor("#1f2226")
LINE = QColor("#2b2f34")
TEXT = QColor("#d9dce0")
QUIET = QColor("#9aa1a9")
FAINT = QColor("#666d75")
ACCENT = QColor("#7fb4d8")
WARNING = QColor("#e0b060")

_FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "Liberation Sans", "DejaVu Sans"]

_SHEET = """
QWidget {{ font-size: 13px; }}
QMainWindow, QDialog {{ background: {panel}; }}
QMenuBar {{ background: {panel}; color: {quiet}; padding: 2px 6px; border: none; }}
QMenuBar::item {{ padding: 4px 9px; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {raised}; color: {text}; }}
QMenu {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 26px; border-radius: 4px; }}
QMenu::item:selected {{ background: #303a43; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 5px 8px; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
QLineEdit#phrase {{
    background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 8px;
    padding: 0 10px; font-size: 20px; selection-background-color: #3a5568;
}}
QLineEdit#phrase:focus {{ border-color: {accent}; }}
QLabel[quiet="true"] {{ color: {quiet}; }}
QLabel[heading="true"] {{ color: {text}; font-weight: 600; }}
QLabel[warning="true"] {{ color: {warning}; }}
QFrame#panel {{ background: {panel}; border: none; border-left: 1px solid {line}; }}
QFrame#cases {{ background: {panel}; border: none; border-right: 1px solid {line}; }}
QFrame#cases QTableView {{ background: {panel}; border: none; outline: none; }}
QFrame#cases QLineEdit {{
    background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 4px 7px;
}}
QFrame#cases QLineEdit:focus {{ border-color: {accent}; }}
QFrame#cases QToolButton:checked {{ background: #303a43; color: {text}; }}
QWidget#sections {{ background: {panel}; }}
QToolButton#heading {{ color: {text}; font-weight: 600; padding: 5px 0; margin-left: -8px; text-align: left; }}
QLabel#study-case {{ color: {text}; font-size: 20px; font-weight: 600; }}
QFrame#study-finding {{ background: transparent; border: 1px solid {line}; border-radius: 7px; }}
QFrame#study-finding[chosen="true"] {{ background: {raised}; border-color: {accent}; }}
QToolButton#answer {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 6px 4px; }}
QToolButton#answer:hover, QToolButton#answer:focus {{ border-color: {quiet}; }}
QToolButton#answer:checked {{ background: #3a5568; border-color: {accent}; color: #ffffff; }}
QToolButton#answer:disabled {{ color: {faint}; }}
QToolButton#answer:checked:disabled {{ background: #2c3b47; color: {quiet}; }}
QFrame#cover {{ background: {backdrop}; border: none; }}
QLabel#cover-title {{ color: {text}; font-size: 24px; font-weight: 600; }}
QLabel#cover-text {{ color: {quiet}; font-size: 15px; }}
QTreeWidget {{ background: {raised}; border: 1px solid {line}; border-radius: 5px; outline: none; }}
QTreeWidget:focus {{ border-color: {accent}; }}
QTreeWidget::item {{ min-height: 24px; padding-right: 6px; }}
QTreeWidget::item:selected {{ background: #303a43; color: {text}; }}
QFrame#bar {{ background: {panel}; border: none; border-bottom: 1px solid {line}; }}
QFrame#tools {{ background: {panel}; border: none; border-right: 1px solid {line}; }}
QToolButton#tool {{ padding: 3px; }}
QToolButton#tool:checked {{ background: #303a43; }}
QFrame#palette {{ background: {panel}; border: 1px solid #4a5560; border-radius: 8px; }}
QFrame#palette QLineEdit {{
    background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 4px 7px;
}}
QToolButton#finding {{ color: {text}; padding: 2px 6px; text-align: left; }}
QFrame#status {{ background: {panel}; border: none; border-top: 1px solid {line}; }}
QFrame#message {{ background: #2a2418; border: none; border-bottom: 1px solid #4a3d22; }}
QFrame#message[kind="note"] {{ background: #1a232a; border-bottom: 1px solid #2b3b47; }}
QSlider {{ min-height: 22px; background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; background: {line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: #5b6670; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: #aab2ba; }}
QSlider::handle:horizontal:hover {{ background: {text}; }}
QSlider::handle:horizontal:focus {{ background: {accent}; }}
QComboBox {{ background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 4px 8px; }}
QComboBox:disabled {{ color: {faint}; background: {panel}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url("{chevron}"); width: 12px; height: 12px; }}
QComboBox:focus {{ border-color: {accent}; }}
QComboBox QAbstractItemView {{
    background: {raised}; color: {text}; selection-background-color: #303a43; border: 1px solid {line};
}}
QCheckBox {{ color: {text}; spacing: 8px; padding: 2px 0; }}
QCheckBox:focus {{ color: {accent}; }}
QToolButton {{ background: transparent; color: {quiet}; border: none; border-radius: 4px; padding: 3px 8px; }}
QToolButton:hover, QToolButton:focus {{ background: {raised}; color: {text}; }}
QToolButton#mode {{ padding: 4px 7px; }}
QToolButton#mode:checked {{ background: #303a43; color: {text}; }}
QToolButton#compact {{ padding: 3px; }}
QPushButton {{ background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 5px 16px; }}
QPushButton:disabled {{ color: {faint}; background: {panel}; }}
QPushButton#phrase-name {{ background: transparent; border: none; padding: 3px; text-align: left; }}
QPushButton#phrase-name:hover, QPushButton#phrase-name:focus {{ background: {raised}; border-radius: 4px; }}
QPushButton:focus {{ border-color: {accent}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {line}; top: -1px; }}
QTabBar::tab {{
    background: transparent; color: {quiet}; padding: 6px 14px; border: none; border-bottom: 2px solid transparent;
}}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QTabBar::tab:hover, QTabBar::tab:focus {{ color: {text}; background: {raised}; }}
QTabBar::tab:disabled {{ color: {faint}; }}
QWidget#form {{ background: {panel}; }}
QWidget#form QLineEdit {{
    background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 5px; padding: 4px 7px;
}}
QWidget#form QLineEdit:focus {{ border-color: {accent}; }}
QWidget#form QLineEdit:disabled {{ background: {panel}; }}
QWidget#form QLabel:disabled, QWidget#form QCheckBox:disabled {{ color: {faint}; }}
QTableView#figures::item {{ padding: 0 14px 0 8px; }}
QTableView#figures QHeaderView::section {{ padding: 4px 14px 4px 8px; }}
QTableView#figures QHeaderView::up-arrow, QTableView#figures QHeaderView::down-arrow {{
    subcontrol-origin: border; subcontrol-position: top center; width: 9px; height: 9px;
}}
QTableView#figures QHeaderView::up-arrow {{ image: url("{chevron_up}"); }}
QTableView#figures QHeaderView::down-arrow {{ image: url("{chevron}"); }}
QListWidget#strip {{ background: {backdrop}; font-size: 11px; }}
QLabel[small="true"] {{ font-size: 12px; }}
QProgressBar {{ background: transparent; border: none; max-height: 2px; }}
QProgressBar::chunk {{ background: {accent}; }}
QTableView {{ background: {backdrop}; color: {text}; border: 1px solid {line}; font-size: 12px; }}
QTableView::item:selected {{ background: #303a43; color: {text}; }}
QTableView::item:focus {{ background: #3a5568; }}
QHeaderView {{ background: {panel}; }}
QHeaderView::section {{
    background: {panel}; color: {quiet}; border: none; border-bottom: 1px solid {line}; padding: 4px 4px;
    font-size: 12px;
}}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{ background: {line}; border-radius: 5px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 5px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
"""


def apply_theme(application: QApplication) -> None:
    """Give an application the look of a dark reading room."""
    application.setStyle("Fusion")
    application.setPalette(_palette())
    font = QFont()
    font.setFamilies(_FAMILIES)
    font.setPixelSize(13)
    application.setFont(font)
    application.setStyleSheet(
        _SHEET.format(
            backdrop=BACKDROP.name(),
            panel=PANEL.name(),
            raised=RAISED.name(),
            line=LINE.name(),
            text=TEXT.name(),
            quiet=QUIET.name(),
            faint=FAINT.name(),
            accent=ACCENT.name(),
            warning=WARNING.name(),
            chevron=resource_path("icons", "chevron.svg").as_posix(),
            chevron_up=resource_path("icons", "chevron-up.svg").as_posix(),
        )
    )


def drawing_font(pixels: int, *, bold: bool = False) -> QFont:
    """Return the font for text that is painted; sizes in logical pixels."""
    font = QFont()
    font.setFamilies(_FAMILIES)
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


def _palette() -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, PANEL),
        (roles.Base, RAISED),
        (roles.AlternateBase, PANEL),
        (roles.Button, RAISED),
        (roles.ToolTipBase, RAISED),
        (roles.WindowText, TEXT),
        (roles.Text, TEXT),
        (roles.ButtonText, TEXT),
        (roles.ToolTipText, TEXT),
        (roles.BrightText, TEXT),
        (roles.PlaceholderText, FAINT),
        (roles.Highlight, QColor("#3a5568")),
        (roles.HighlightedText, TEXT),
        (roles.Link, ACCENT),
    ):
        palette.setColor(role, colour)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, FAINT)
    return palette
