"""The commands of the list of cases."""

from __future__ import annotations

from app.command import Command, Menu

CASES: tuple[Command, ...] = (
    Command(
        "cases-panel",
        "List of cases",
        ("F2",),
        Menu.CASES,
        "Fold the list of cases away, or bring it back.",
        lambda c: c.case_listing.toggle_panel(),
        checkable=True,
    ),
    Command(
        "focus-cases",
        "Step through the list",
        ("Shift+F2",),
        Menu.CASES,
        "Give the list the keyboard: up and down open cases, Escape returns to the film.",
        lambda c: c.case_listing.take_focus(),
    ),
    Command(
        "next-undone",
        "Next case not done",
        ("F3",),
        Menu.CASES,
        "Open the next case of the list that you have not marked as done.",
        lambda c: c.case_listing.go_to_undone(),
        separated=True,
    ),
    Command(
        "case-done",
        "Done with this case",
        ("F4",),
        Menu.CASES,
        "Mark the case on screen as done, or not done after all; the review keeps it.",
        lambda c: c.case_listing.toggle_done(),
        checkable=True,
    ),
    Command(
        "finish-case",
        "Done, and the next one",
        ("Shift+F4",),
        Menu.CASES,
        "Mark the case on screen as done and open the next one that is not.",
        lambda c: c.case_listing.finish_case(),
    ),
    Command(
        "list-all",
        "List all cases",
        (),
        Menu.CASES,
        "Take every filter of the list back.",
        lambda c: c.case_listing.list_all(),
        separated=True,
    ),
    Command(
        "hide-names",
        "Hide names",
        ("Ctrl+F2",),
        Menu.CASES,
        "Call cases by a number instead of the name of their file, which can name a patient.",
        lambda c: c.case_listing.toggle_names(),
        checkable=True,
    ),
    Command(
        "cohort",
        "Score the cases…",
        ("F6",),
        Menu.CASES,
        "Score all cases of the list with the marks of the review, and look at them worst first.",
        lambda c: c.cohort.show_window(),
        separated=True,
    ),
)
