"""Commands that take a picture away."""

from __future__ import annotations

from app.command import Command, Menu

EXPORT: tuple[Command, ...] = (
    Command(
        "export",
        "Export…",
        ("Ctrl+E",),
        Menu.FILE,
        "Write an annotated picture or a DICOM object, without patient data, after looking at it.",
        lambda c: c.exporting.ask(),
        separated=True,
    ),
    Command(
        "copy-picture",
        "Copy picture",
        (),
        Menu.FILE,
        "Copy the annotated picture of what is on screen, without patient data.",
        lambda c: c.exporting.copy(),
        ("Ctrl+C",),
    ),
)
