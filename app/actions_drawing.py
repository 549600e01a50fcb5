"""Commands that draw marks, change them, and take steps back."""

from __future__ import annotations

from app.command import Command, InStudy, Menu
from app.models.drawing import Tool

TOOL_KEYS = {
    Tool.LOOK: "V",
    Tool.BOX: "B",
    Tool.POLYGON: "Y",
    Tool.FREEHAND: "J",
    Tool.BRUSH: "U",
    Tool.POINT: "Q",
    Tool.RULER: "Shift+L",
}


def _tool(tool: Tool, title: str, help_: str) -> Command:
    return Command(
        f"tool-{tool.value}",
        title,
        (TOOL_KEYS[tool],),
        Menu.MARKS,
        help_,
        lambda c: c.marking.take_up(tool),
        checkable=True,
        separated=tool is Tool.LOOK,
        in_study=InStudy.ALWAYS,
    )


EDIT: tuple[Command, ...] = (
    Command(
        "undo",
        "Undo",
        ("Ctrl+Z",),
        Menu.EDIT,
        "Take back the last step: of marks, phrases, thresholds, window and layout; of marks also after reopening.",
        lambda c: c.undoing.undo(),
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "redo",
        "Redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        Menu.EDIT,
        "Do again what was taken back.",
        lambda c: c.undoing.redo(),
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "name-mark",
        "Name the mark",
        (),
        Menu.EDIT,
        "Enter, with a mark selected: give it a finding by one key, then a digit for how sure you are.",
        lambda c: c.marking.name_mark(),
        separated=True,
    ),
    Command(
        "duplicate-mark",
        "Duplicate the mark",
        ("Ctrl+D",),
        Menu.EDIT,
        "Copy the selected mark; another reader's becomes your own.",
        lambda c: c.marking.duplicate(),
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "delete-mark",
        "Delete the mark",
        (),
        Menu.EDIT,
        "Delete or Backspace, with a mark selected; undo brings it back.",
        lambda c: c.marking.delete(),
        in_study=InStudy.ALWAYS,
    ),
)

DRAWING: tuple[Command, ...] = (
    _tool(Tool.LOOK, "Look and select", "Move the film, and select marks; Escape returns here from every tool."),
    _tool(Tool.BOX, "Box", "Drag a box around a finding."),
    _tool(Tool.POLYGON, "Polygon", "Click corner by corner; Enter closes it, Backspace takes a corner back."),
    _tool(Tool.FREEHAND, "Freehand", "Draw around a finding in one stroke."),
    _tool(Tool.BRUSH, "Brush", "Paint a finding; further strokes go on until Escape, and Shift erases."),
    _tool(Tool.POINT, "Point", "Click the most salient place."),
    _tool(Tool.RULER, "Ruler", "Drag to measure a distance; it stays on screen until Escape, and is not kept."),
    Command(
        "brush-larger",
        "Larger brush",
        ("Ctrl+]",),
        Menu.MARKS,
        "Make the brush larger.",
        lambda c: c.marking.scale_brush(1.25),
        separated=True,
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "brush-smaller",
        "Smaller brush",
        ("Ctrl+[",),
        Menu.MARKS,
        "Make the brush smaller.",
        lambda c: c.marking.scale_brush(0.8),
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "take-region",
        "Take the model's region",
        ("Shift+M",),
        Menu.MARKS,
        "Make the region around the map's peak a mark of yours; it stays recorded as AI-assisted, with model and "
        "threshold.",
        lambda c: c.marking.take_region(),
        separated=True,
        in_study=InStudy.WITH_MAP,
    ),
    Command(
        "next-mark",
        "Next own mark",
        ("Z",),
        Menu.MARKS,
        "Select one of your marks after the other.",
        lambda c: c.marking.step_mark(1),
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "previous-mark",
        "Previous own mark",
        ("Shift+Z",),
        Menu.MARKS,
        "Select the one before.",
        lambda c: c.marking.step_mark(-1),
        in_study=InStudy.ALWAYS,
    ),
    Command(
        "reader-name",
        "Your name as a reader…",
        (),
        Menu.MARKS,
        "Say under which name your marks are kept; marks made before keep theirs.",
        lambda c: c.marking.ask_reader(),
        separated=True,
    ),
)
