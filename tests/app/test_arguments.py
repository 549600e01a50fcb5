"""The command line is read at once, without Qt and without torch."""

from __future__ import annotations

import subprocess
import sys
from ctypes import CDLL
from pathlib import Path

import pytest

from afloc_core.localization.pipelines import Pipeline
from app import application
from app.arguments import parse_arguments

CHECK = """
import sys
from app.application import main
try:
    main(["--help"])
finally:
    loaded = [name for name in ("torch", "transformers", "PySide6", "numpy") if name in sys.modules]
    assert not loaded, loaded
"""


def test_help_loads_neither_qt_nor_torch() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--screenshot" in done.stdout


def test_everything_is_optional() -> None:
    found = parse_arguments([])
    assert (found.paths, found.phrase, found.model, found.screenshot, found.size) == ((), "", None, None, None)
    assert Pipeline(found.pipeline) is Pipeline.ALIGNED


def test_everything_is_read() -> None:
    found = parse_arguments(
        [
            "a.dcm",
            "b",
            "--phrase",
            "effusion",
            "--model",
            "m",
            "--pipeline",
            "published",
            "--screenshot",
            "o.png",
            "--size",
            "800X600",
        ]
    )
    assert found.paths == (Path("a.dcm"), Path("b"))
    assert (found.phrase, found.model, found.screenshot) == ("effusion", Path("m"), Path("o.png"))
    assert (Pipeline(found.pipeline), found.size) == (Pipeline.PUBLISHED, (800, 600))


@pytest.mark.parametrize("line", ["--size big", "--size 10x10", "--size 99999x99999", "--pipeline other", "--what"])
def test_a_wrong_command_line_is_one_sentence_and_status_two(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parse_arguments(line.split())
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith("see afloc-review --help.\n")


def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert application.main([]) == 2
    assert "--screenshot" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X displays are reached on Linux")
@pytest.mark.parametrize("display", ["", ":77"])
@pytest.mark.parametrize("platform", ["", "xcb"])
def test_a_display_that_cannot_be_reached_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], display: str, platform: str
) -> None:
    try:
        CDLL("libxcb.so.1")
    except OSError:
        pytest.skip("there is no X library to ask")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert application.main([]) == 2
    assert capsys.readouterr().err.startswith("There is no display")


def test_a_refusal_without_a_console_is_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stderr", None)
    assert application.main([]) == 2


def test_a_missing_system_library_names_the_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "app.session":
                raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "app.session", raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert application.main([]) == 2
    said = capsys.readouterr().err
    assert "libegl1" in said and "libxcb-cursor0" in said and said.count("\n") == 1


def test_annotations_are_files_beside_the_films() -> None:
    found = parse_arguments(["films", "--annotations", "a.csv", "b.json", "--annotations", "c.xml"])
    assert found.paths == (Path("films"),)
    assert found.annotations == (Path("a.csv"), Path("b.json"), Path("c.xml"))
    assert found.review is None


@pytest.mark.parametrize(
    "review",
    ["case.afreview", "folder/Case.AFREVIEW", "postgresql+psycopg://anna:x@host/reviews?options=-csearch_path"],
)
def test_a_review_is_known_by_its_ending_or_address(review: str) -> None:
    found = parse_arguments(["film.png", review])
    assert (found.review, found.paths) == (review, (Path("film.png"),))


def test_two_reviews_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(["a.afreview", "b.afreview"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("One review is opened at a time")
