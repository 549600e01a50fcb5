"""All state of one window."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.models.agreement import Agreement
from app.models.blinding import Blinding
from app.models.camera import Camera
from app.models.case import Case
from app.models.case_list import CaseList
from app.models.comparison import Comparison
from app.models.drawing import Drawing
from app.models.history import PhraseHistory
from app.models.overlay import Overlay
from app.models.phrase_layers import PhraseLayers
from app.models.preferences import Preferences
from app.models.review import Review
from app.models.viewing import Viewing


@dataclass(slots=True)
class State:
    """The models of one window; each has its own signals."""

    preferences: Preferences
    history: PhraseHistory = field(default_factory=PhraseHistory)
    review: Review = field(default_factory=Review)
    viewing: Viewing = field(default_factory=Viewing)
    overlay: Overlay = field(default_factory=Overlay)
    camera: Camera = field(default_factory=Camera)
    case: Case = field(default_factory=Case)
    cases: CaseList = field(default_factory=CaseList)
    comparison: Comparison = field(default_factory=Comparison)
    phrases: PhraseLayers = field(default_factory=PhraseLayers)
    agreement: Agreement = field(default_factory=Agreement)
    drawing: Drawing = field(default_factory=Drawing)
    blinding: Blinding = field(default_factory=Blinding)
