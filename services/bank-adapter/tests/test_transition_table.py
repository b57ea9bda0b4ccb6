"""The table of transitions: every pair has a verdict, and nothing else happens."""

from __future__ import annotations

import pytest
from bank_adapter.domain.states import (
    FINAL,
    PUBLIC,
    TRANSITIONS,
    Event,
    IllegalEventError,
    PublicState,
    State,
    advance,
)
from hypothesis import given
from hypothesis import strategies as st

# Events that speak of an attempt that was never opened must not exist here.
BEFORE_SENDING = {
    State.RECEIVED,
    State.VALIDATED,
    State.AWAITING_APPROVAL,
    State.APPROVED,
    State.PREPARED,
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_event_moves_along_the_table_or_raises(state: State, event: Event) -> None:
    if event in TRANSITIONS[state]:
        assert advance(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(IllegalEventError):
            advance(state, event)


def test_every_state_has_a_row_and_a_public_name() -> None:
    assert set(TRANSITIONS) == set(State) == set(PUBLIC)
    assert set(PUBLIC.values()) == set(PublicState)


@given(st.lists(st.sampled_from(list(Event)), max_size=60))
def test_arbitrary_events_never_resend_what_may_have_been_sent(events: list[Event]) -> None:
    """SENDING is entered from PREPARED alone, and PREPARED again only by a word
    that says nothing was processed, or by a named person.
    """
    state = State.RECEIVED
    for event in events:
        try:
            after = advance(state, event)
        except IllegalEventError:
            continue
        if after is State.SENDING:
            assert state is State.PREPARED
        if after is State.PREPARED and state not in BEFORE_SENDING:
            assert event in {Event.NOT_SENT, Event.REFUSED, Event.OPERATOR_RESUME}
        state = after


@given(st.sampled_from(sorted(FINAL)), st.sampled_from(list(Event)))
def test_final_state_changes_only_by_return_reconcile_or_contradiction(
    state: State, event: Event
) -> None:
    if event in TRANSITIONS[state]:
        assert event in {Event.RETURN, Event.RECONCILE, Event.CONTRADICT}


def test_only_an_explicit_word_settles() -> None:
    ways_in = {
        (state, event)
        for state, row in TRANSITIONS.items()
        for event, after in row.items()
        if after is State.SETTLED
    }

    assert ways_in == {
        (State.SENDING, Event.SETTLE),
        (State.ACCEPTED, Event.SETTLE),
        (State.UNKNOWN, Event.SETTLE),
        (State.NEEDS_OPERATOR, Event.OPERATOR_SETTLE),
    }
