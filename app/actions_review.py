"""The commands of a review with marks: comparing, the marks themselves, agreement, phrases."""

from __future__ import annotations

from app.command import Command, Menu
from app.models.compare_mode import CompareMode

_SWIPE_STEP = 0.02


def _mode(mode: CompareMode, title: str, key: str, sentence: str) -> Command:
    return Command(
        f"compare-{mode.slug}",
        title,
        (key,),
        Menu.COMPARE,
        sentence,
        lambda c: c.comparing.choose_mode(mode),
        checkable=True,
    )


COMPARE: tuple[Command, ...] = (
    _mode(CompareMode.OVERLAY, "Overlay", "O", "Draw both sides over one film."),
    _mode(CompareMode.SIDE_BY_SIDE, "Side by side", "S", "Show the film twice, zoomed and moved as one."),
    _mode(CompareMode.SWIPE, "Swipe", "W", "Part the film by a line that can be dragged."),
    _mode(CompareMode.BLINK, "Blink", "Shift+B", "Show the two sides in turn; hold Space to see the film alone."),
    _mode(CompareMode.DIFFERENCE, "Difference", "D", "Colour what only one side marked and what both did."),
    Command(
        "exchange-sides",
        "Exchange the sides",
        ("X",),
        Menu.COMPARE,
        "Put the left side on the right.",
        lambda c: c.comparing.exchange(),
        separated=True,
    ),
    Command(
        "swipe-left",
        "Move the line to the left",
        ("Shift+Left",),
        Menu.COMPARE,
        "Move the line of the swipe to the left.",
        lambda c: c.comparing.move_swipe(-_SWIPE_STEP),
    ),
    Command(
        "swipe-right",
        "Move the line to the right",
        ("Shift+Right",),
        Menu.COMPARE,
        "Move the line of the swipe to the right.",
        lambda c: c.comparing.move_swipe(_SWIPE_STEP),
    ),
    Command(
        "blink-slower",
        "Blink more slowly",
        ("Shift+Down",),
        Menu.COMPARE,
        "Let each side stay longer while blinking.",
        lambda c: c.comparing.change_rate(-1),
    ),
    Command(
        "blink-faster",
        "Blink faster",
        ("Shift+Up",),
        Menu.COMPARE,
        "Let the sides take turns faster.",
        lambda c: c.comparing.change_rate(1),
    ),
)

AGREEMENT: tuple[Command, ...] = (
    Command(
        "next-disagreement",
        "Next disagreement",
        ("N",),
        Menu.COMPARE,
        "Go to the next place that only one of two marked.",
        lambda c: c.agreeing.step_disagreement(1),
        separated=True,
    ),
    Command(
        "previous-disagreement",
        "Previous disagreement",
        ("Shift+N",),
        Menu.COMPARE,
        "Go back to the place of disagreement before.",
        lambda c: c.agreeing.step_disagreement(-1),
    ),
    Command(
        "enlarge-agreement",
        "Agreement table in a window",
        ("T",),
        Menu.COMPARE,
        "Show the agreement of every pair in a window of its own.",
        lambda c: c.agreeing.enlarge_table(),
    ),
    Command(
        "copy-agreement",
        "Copy agreement table",
        ("Ctrl+Shift+C",),
        Menu.COMPARE,
        "Copy the agreement of every pair as text with tabs.",
        lambda c: c.agreeing.copy_table(),
    ),
)

MARK_FILES: tuple[Command, ...] = (
    Command(
        "open-marks",
        "Open marks…",
        ("Ctrl+M",),
        Menu.FILE,
        "Open annotation files of any known format for the films that are open.",
        lambda c: c.case_files.ask_marks(),
        separated=True,
    ),
    Command(
        "open-review",
        "Open review…",
        ("Ctrl+R",),
        Menu.FILE,
        "Go on with a review: its films, marks and view.",
        lambda c: c.case_files.ask_review(),
    ),
    Command(
        "save-review",
        "Save review as…",
        ("Ctrl+Shift+S",),
        Menu.FILE,
        "Keep the review in a file of its own and go on there; every change is saved at once.",
        lambda c: c.case_files.ask_save(),
    ),
)

READERS: tuple[Command, ...] = (
    Command(
        "readers",
        "Show readers' marks",
        ("E",),
        Menu.MARKS,
        "Show or hide the marks of all readers.",
        lambda c: c.readers.toggle_readers(),
        checkable=True,
    ),
    Command(
        "next-reader",
        "Only the next reader",
        ("Shift+E",),
        Menu.MARKS,
        "Show one reader after the other alone, then all again.",
        lambda c: c.readers.show_next_reader(),
    ),
    Command(
        "next-finding",
        "Next finding",
        ("Shift+F",),
        Menu.MARKS,
        "Look at the marks of one finding after the other, then at all.",
        lambda c: c.readers.step_finding(),
    ),
)

MARKS: tuple[Command, ...] = (
    *READERS,
    Command(
        "next-marked",
        "Next radiograph with marks",
        ("Ctrl+PgDown",),
        Menu.MARKS,
        "Go to the next radiograph that somebody read.",
        lambda c: c.case_files.step_marked(1),
        separated=True,
    ),
    Command(
        "previous-marked",
        "Previous radiograph with marks",
        ("Ctrl+PgUp",),
        Menu.MARKS,
        "Go to the previous radiograph that somebody read.",
        lambda c: c.case_files.step_marked(-1),
    ),
    Command(
        "problems",
        "Problems in the marks…",
        (),
        Menu.MARKS,
        "List what in the opened annotation files could not be used.",
        lambda c: c.case_files.show_problems(),
        separated=True,
    ),
)

PHRASES: tuple[Command, ...] = (
    Command(
        "pin-phrase",
        "Keep the phrase",
        ("Ctrl+Return", "Ctrl+Enter"),
        Menu.HEATMAP,
        "Keep the typed phrase as a coloured contour, and type another; Delete in its row removes it.",
        lambda c: c.phrasing.pin_typed(),
        separated=True,
    ),
    Command(
        "phrase-difference",
        "Difference of two phrases",
        ("Shift+D",),
        Menu.HEATMAP,
        "Colour where one phrase is more similar than another, around zero and in absolute units.",
        lambda c: c.phrasing.toggle_difference(),
        checkable=True,
    ),
    Command(
        "exchange-phrases",
        "Exchange the two phrases",
        ("Shift+X",),
        Menu.HEATMAP,
        "Subtract the other way round.",
        lambda c: c.phrasing.exchange_difference(),
    ),
    Command(
        f"compare-{CompareMode.MULTIPLES.slug}",
        "Small multiples",
        ("G",),
        Menu.COMPARE,
        "Show the film once for each phrase, all zoomed and moved as one.",
        lambda c: c.phrasing.toggle_multiples(),
        checkable=True,
    ),
)
