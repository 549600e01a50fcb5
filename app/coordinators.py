"""Those who look after a part of the window each, by the names that commands call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.agreeing import Agreeing
    from app.case_files import CaseFiles
    from app.case_listing import CaseListing
    from app.cohort_viewing import CohortViewing
    from app.comparing import Comparing
    from app.exporting import Exporting
    from app.marking import Marking
    from app.phrasing import Phrasing
    from app.readers import Readers
    from app.studying import Studying
    from app.undoing import Undoing


class Coordinators:
    """What a controller has besides its own work; `app.session.assemble` makes them."""

    case_files: CaseFiles
    case_listing: CaseListing
    cohort: CohortViewing
    comparing: Comparing
    readers: Readers
    agreeing: Agreeing
    phrasing: Phrasing
    marking: Marking
    undoing: Undoing
    exporting: Exporting
    studying: Studying

    @property
    def all_ended(self) -> bool:
        """Whether the workers of all of them had ended when the window was closed."""
        parts = (
            self.case_files,
            self.case_listing,
            self.cohort,
            self.comparing,
            self.agreeing,
            self.exporting,
            self.studying,
        )
        return all(part.ended for part in parts)
