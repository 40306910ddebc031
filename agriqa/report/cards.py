"""A key figure of the report's first screen, with its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.figures import tables

if TYPE_CHECKING:
    from agriqa.report.evidence import CountyEvidence


def standing_card(evidence: CountyEvidence, id_: str) -> str:
    """Return a measure of the year as a card, in HTML.

    Parameters
    ----------
    evidence : CountyEvidence
        The county's data.
    id_ : str
        The measure.
    """
    found, language = evidence.standings[id_], evidence.language
    year = evidence.say(f"{evidence.period} 年", str(evidence.period))
    notes = [found.years_words(language) or year]
    if found.known and found.row is not None and found.measure.kind == "proportion":
        notes[0] += f" · n={found.row['n']:,.0f}"
        notes.append(evidence.say("95% 区间 ", "95 % interval ") + found.interval_words())
    notes.append(found.reference_words(language))
    verdict = found.place_words(language)
    if id_ in evidence.absences:
        verdict = evidence.absences[id_].words(language)
    return tables.card(
        found.measure,
        found.row,
        verdict=verdict,
        tone=found.tone,
        notes=[note for note in notes if note],
        language=language,
    )
