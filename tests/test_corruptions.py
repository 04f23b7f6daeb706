"""Random corruptions of every file that is read: never a traceback, and whatever can be known to be wrong is refused."""

import pytest
from corrupting import TABLE_KINDS, corruptions, outcomes

# Of digits, some stand in numbers that nothing else printed determines (a median age, a cell of one subgroup).
MOST_DIGITS_ACCEPTED = 0.5


@pytest.fixture(scope="module")
def found():
    return list(outcomes(seed=20161028, many=400))


@pytest.mark.slow
def test_no_corruption_ends_in_a_traceback(found):
    assert [outcome.message for outcome in found if outcome.came == "traceback"] == []


@pytest.mark.slow
def test_what_can_be_known_to_be_wrong_is_refused(found):
    must = [outcome for outcome in found if outcome.corruption.must]
    assert len(must) > 150
    assert [str(outcome.corruption) for outcome in must if outcome.came != "refused"] == []


@pytest.mark.slow
def test_a_refusal_names_the_file_and_says_what_to_do(found):
    for outcome in found:
        if outcome.came == "refused":
            assert "\n  " in outcome.message, outcome
    named = [o for o in found if o.came == "refused" and o.corruption.kind in ("blank around", "hidden sign")]
    assert all(o.message.startswith(f"{o.corruption.file}, row ") for o in named)


@pytest.mark.slow
def test_most_digits_that_are_changed_are_noticed(found):
    digits = [outcome for outcome in found if outcome.corruption.kind == "digit"]
    assert len(digits) >= 6
    assert sum(outcome.came == "accepted" for outcome in digits) <= MOST_DIGITS_ACCEPTED * len(digits)


def test_the_same_seed_gives_the_same_corruptions_of_every_kind():
    one, again = (list(corruptions(7, 400)) for _ in range(2))
    assert one == again
    kinds = {corruption.kind.replace(" ", "_") for corruption in one}
    assert kinds >= {*TABLE_KINDS, "torn", "key_twice", "other_value"}
