"""Every command as data; menus, shortcuts and the help sheet are all made from this one table.

No Qt here: keys are written as ``QKeySequence`` reads them.
"""

from __future__ import annotations

from app.actions_cases import CASES
from app.actions_drawing import DRAWING, EDIT
from app.actions_export import EXPORT
from app.actions_review import AGREEMENT, COMPARE, MARK_FILES, MARKS, PHRASES
from app.actions_study import STUDY
from app.command import Command, Commands, InStudy, Menu

__all__ = ["COMMANDS", "MOUSE", "Command", "Commands", "Menu"]

_OPEN = (
    Command("open", "Open…", ("Ctrl+O",), Menu.FILE, "Open one or more radiographs.", lambda c: c.open_files()),
    Command(
        "open-folder",
        "Open folder…",
        ("Ctrl+Shift+O",),
        Menu.FILE,
        "Open all radiographs of a folder.",
        lambda c: c.open_folder(),
    ),
    Command(
        "open-sample",
        "Open sample film",
        (),
        Menu.FILE,
        "Open the film that comes with the program.",
        lambda c: c.open_sample(),
    ),
)
_FILE = (
    Command(
        "next",
        "Next radiograph",
        ("PgDown",),
        Menu.FILE,
        "Go to the next radiograph; the phrase stays.",
        lambda c: c.step(1),
        ("Right",),
        separated=True,
    ),
    Command(
        "previous",
        "Previous radiograph",
        ("PgUp",),
        Menu.FILE,
        "Go to the previous radiograph; the phrase stays.",
        lambda c: c.step(-1),
        ("Left",),
    ),
    Command(
        "forget",
        "Clear recent files and phrases",
        (),
        Menu.FILE,
        "Forget recent files and phrases.",
        lambda c: c.forget_history(),
        separated=True,
    ),
    Command(
        "quit",
        "Quit",
        ("Ctrl+Q",),
        Menu.FILE,
        "Close the program.",
        lambda c: c.quit(),
        separated=True,
        in_study=InStudy.ALWAYS,
    ),
)
_VIEW = (
    Command(
        "fit", "Fit to window", ("F",), Menu.VIEW, "Show the whole film.", lambda c: c.fit(), in_study=InStudy.ALWAYS
    ),
    Command(
        "actual-size",
        "Actual pixels",
        ("A",),
        Menu.VIEW,
        "Show one image pixel per screen pixel.",
        lambda c: c.actual_size(),
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "zoom-in",
        "Zoom in",
        ("+", "="),
        Menu.VIEW,
        "Magnify; the wheel magnifies about the cursor.",
        lambda c: c.zoom(1.25),
        in_study=InStudy.ALWAYS,
    ),
    Command("zoom-out", "Zoom out", ("-",), Menu.VIEW, "Make smaller.", lambda c: c.zoom(0.8), in_study=InStudy.ALWAYS),
    Command(
        "layers-panel",
        "Layers panel",
        ("L",),
        Menu.VIEW,
        "Fold the panel away, or bring it back.",
        lambda c: c.toggle_layers_panel(),
        checkable=True,
        separated=True,
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "legend",
        "Colour legend",
        ("K",),
        Menu.VIEW,
        "Fold the colour legend away, or bring it back.",
        lambda c: c.toggle_legend(),
        checkable=True,
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "full-screen",
        "Full screen",
        ("F11",),
        Menu.VIEW,
        "Fill the screen; Escape returns.",
        lambda c: c.toggle_full_screen(),
        checkable=True,
        in_study=InStudy.ALWAYS,
    ),
)
_FILM = (
    Command(
        "invert",
        "Invert",
        ("I",),
        Menu.FILM,
        "Show the negative.",
        lambda c: c.toggle_inverted(),
        checkable=True,
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "reset-window",
        "Reset window",
        ("R",),
        Menu.FILM,
        "Return to the file's own window and polarity.",
        lambda c: c.reset_window(),
        in_study=InStudy.ALWAYS,
    ),
)
_HEATMAP = (
    Command(
        "focus-phrase",
        "Ask for a finding",
        ("/",),
        Menu.HEATMAP,
        "Type a phrase; Escape returns to the film.",
        lambda c: c.focus_phrase(),
    ),
    Command(
        "visible",
        "Show heatmap",
        ("H",),
        Menu.HEATMAP,
        "Show or hide every overlay; hold Space to look beneath it.",
        lambda c: c.toggle_visible(),
        checkable=True,
        separated=True,
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "contour",
        "Contour",
        ("C",),
        Menu.HEATMAP,
        "Draw the line at the threshold.",
        lambda c: c.toggle_contour(),
        checkable=True,
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "peak",
        "Peak marker",
        ("P",),
        Menu.HEATMAP,
        "Mark the place most similar to the phrase.",
        lambda c: c.toggle_peak(),
        checkable=True,
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "threshold-down",
        "Lower threshold",
        ("[",),
        Menu.HEATMAP,
        "Show colder places as well.",
        lambda c: c.change_threshold(-0.02),
        separated=True,
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "threshold-up",
        "Higher threshold",
        ("]",),
        Menu.HEATMAP,
        "Show only hotter places.",
        lambda c: c.change_threshold(0.02),
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "opacity-down",
        "Fainter",
        (",",),
        Menu.HEATMAP,
        "Make the heatmap fainter.",
        lambda c: c.change_opacity(-0.05),
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "opacity-up",
        "Stronger",
        (".",),
        Menu.HEATMAP,
        "Make the heatmap stronger.",
        lambda c: c.change_opacity(0.05),
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "min-max",
        "Min–max scale",
        ("M",),
        Menu.HEATMAP,
        "Stretch the colours over this map's own range; paints red even where nothing is found.",
        lambda c: c.toggle_scale(),
        checkable=True,
        separated=True,
    ),
    Command(
        "published",
        "Published pipeline",
        ("Shift+P",),
        Menu.HEATMAP,
        "Make maps with the published arithmetic instead of the aligned one.",
        lambda c: c.toggle_pipeline(),
        checkable=True,
    ),
)
_HELP = (
    Command(
        "help",
        "Keys and commands",
        ("?", "F1"),
        Menu.HELP,
        "Show this sheet.",
        lambda c: c.show_help(),
        in_study=InStudy.ALWAYS,
    ),
)


def _preset(number: int) -> Command:
    return Command(
        f"preset-{number}",
        f"Window preset {number}",
        (str(number),),
        Menu.FILM,
        "Choose a window preset by its number, 1 to 9.",
        lambda c: c.choose_preset(number - 1),
        separated=number == 1,
        listed=number == 1,
    )


COMMANDS: tuple[Command, ...] = (
    *_OPEN,
    *MARK_FILES,
    *EXPORT,
    *STUDY,
    *_FILE,
    *EDIT,
    *CASES,
    *_VIEW,
    *_FILM,
    *(_preset(number) for number in range(1, 10)),
    *_HEATMAP,
    *PHRASES,
    *MARKS,
    *DRAWING,
    *COMPARE,
    *AGREEMENT,
    *_HELP,
)

MOUSE: tuple[tuple[str, str], ...] = (
    ("Wheel", "Zoom about the cursor."),
    ("Left or middle drag", "Move the film."),
    ("Right drag", "Window and level: sideways for contrast, up and down for brightness."),
    ("Double click", "Fit to window."),
    ("Drag in the legend", "Move the threshold."),
    ("Point at an encoded word", "Show that word's own map; by the keyboard with Tab and the arrow keys."),
    ("Click a mark", "Select it; drag it or its handles to change it, double-click to name it."),
    ("Double-click an edge, Alt+click a corner", "Add a corner to the selected outline, or take one out."),
    ("Drag with a tool", "Draw; Shift draws a square box, or erases with the brush; Ctrl and wheel scale the brush."),
    ("Drop a file or folder", "Open it: radiographs, annotation files, or a review."),
)
"""What the mouse does, for the help sheet."""
