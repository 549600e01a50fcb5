"""What of a window is kept in its review, as small JSON values by name, and how it comes back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from afloc_core.agreement.pairwise import Role
from app.models.case import ReaderLayer
from app.models.compare_mode import CompareMode
from app.models.comparison import Party
from app.models.overlay import ScaleMode
from app.models.phrase_layers import PhraseLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.models.camera import Camera
    from app.models.comparison import Comparison
    from app.models.overlay import Overlay
    from app.models.phrase_layers import PhraseLayers
    from app.models.state import State
    from app.models.viewing import Viewing

View = dict[str, Any]
_NOT_RESTORABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


def snapshot(state: State) -> View:
    """Return what is on screen, apart from the case and its readers."""
    settings, viewing = state.overlay.settings, state.viewing
    view = state.camera.view
    comparison, phrases = state.comparison, state.phrases
    return {
        "camera": {"fitted": state.camera.fitted, "scale": view.scale, "centre": list(view.centre)},
        "window": {
            "preset": viewing.presets.index(viewing.window) if viewing.window in viewing.presets else None,
            "centre": viewing.window.center,
            "width": viewing.window.width,
            "inverted": viewing.inverted,
        },
        "phrase": state.review.phrase,
        "phrases": {
            "kept": [[one.text, one.colour, one.threshold, one.visible] for one in phrases.layers],
            "sides": None if phrases.sides is None else list(phrases.sides),
        },
        "heatmap": {
            "opacity": settings.opacity,
            "threshold": settings.threshold,
            "colours": settings.colour_map,
            "scale": settings.scale.value,
            "contour": settings.contour,
            "peak": settings.peak,
            "visible": settings.visible,
        },
        "compare": {
            "mode": comparison.mode.value,
            "left": [comparison.left.role.value, comparison.left.name],
            "right": [comparison.right.role.value, comparison.right.name],
            "swipe": comparison.swipe,
            "period": comparison.period_ms,
        },
        "finding": state.case.finding,
    }


def restore(state: State, view: Mapping[str, Any]) -> None:
    """Bring back what `snapshot` gave, apart from the phrase and the finding, part by part.

    A part that is missing or makes no sense, as one that a newer program wrote, is left as it is on screen.
    """
    parts: tuple[tuple[str, Callable[[Any], None]], ...] = (
        ("camera", lambda part: _camera(state.camera, part)),
        ("window", lambda part: _window(state.viewing, part)),
        ("phrases", lambda part: _phrases(state.phrases, part)),
        ("heatmap", lambda part: _heatmap(state.overlay, part)),
        ("compare", lambda part: _compare(state.comparison, part)),
    )
    for name, put_back in parts:
        if name in view:
            with suppress(*_NOT_RESTORABLE):
                put_back(view[name])


def reader_layers(kept: object) -> dict[str, ReaderLayer]:
    """Return readers as they were shown, by name; what makes no sense is left out."""
    layers = {}
    for name, shown in kept.items() if isinstance(kept, dict) else ():
        with suppress(*_NOT_RESTORABLE):
            layers[name] = ReaderLayer(str(name), str(shown["colour"]), bool(shown["visible"]))
    return layers


def kept_readers(layers: Mapping[str, ReaderLayer]) -> View:
    """Return readers as a review keeps them."""
    return {name: {"colour": layer.colour, "visible": layer.visible} for name, layer in layers.items()}


def _camera(camera: Camera, part: View) -> None:
    if part["fitted"]:
        camera.fit()
    else:
        u, v = part["centre"]
        camera.look(float(part["scale"]), (float(u), float(v)))


def _window(viewing: Viewing, part: View) -> None:
    viewing.set_inverted(bool(part["inverted"]))
    if part["preset"] is None:
        viewing.set_window(float(part["centre"]), float(part["width"]))
    else:
        viewing.choose(int(part["preset"]))


def _phrases(phrases: PhraseLayers, part: View) -> None:
    phrases.restore(PhraseLayer(str(a), str(b), float(c), bool(d)) for a, b, c, d in part["kept"])
    phrases.set_sides(None if part["sides"] is None else (str(part["sides"][0]), str(part["sides"][1])))


def _heatmap(overlay: Overlay, part: View) -> None:
    overlay.set_opacity(float(part["opacity"]))
    overlay.set_threshold(float(part["threshold"]))
    overlay.set_colour_map(str(part["colours"]))
    overlay.set_scale(ScaleMode(part["scale"]))
    overlay.set_contour(bool(part["contour"]))
    overlay.set_peak(bool(part["peak"]))
    overlay.set_visible(bool(part["visible"]))


def _compare(comparison: Comparison, part: View) -> None:
    left, right = (Party(Role(role), str(name)) for role, name in (part["left"], part["right"]))
    comparison.set_sides(left, right)
    comparison.set_mode(CompareMode(part["mode"]))
    comparison.set_swipe(float(part["swipe"]))
    comparison.set_period(int(part["period"]))
