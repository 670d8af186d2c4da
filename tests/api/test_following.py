"""When the server follows what another process writes."""

import pytest

from api.service import Gathering


def asked(*behind: int) -> list[bool]:
    gathering = Gathering()
    return [gathering.goes_on(each) for each in behind]


@pytest.mark.parametrize("behind", [0, 1, 99])
def test_a_few_writes_of_another_process_are_followed_at_the_next_look(behind: int) -> None:
    assert asked(behind) == [False]


def test_what_a_load_writes_gathers_until_there_is_much_of_it() -> None:
    assert asked(480, 960, 1440, 1920, 2400) == [True, True, True, True, False]


def test_what_a_slow_load_writes_gathers_for_five_looks() -> None:
    assert asked(480, 480, 960, 960, 1440, 1440) == [True, True, True, True, True, False]


def test_the_end_of_a_load_is_followed_when_nothing_more_came_twice() -> None:
    assert asked(480, 700, 700, 700, 0) == [True, True, True, False, False]


def test_each_stretch_of_a_load_may_gather_as_long_as_the_first() -> None:
    assert asked(2400, 480, 2000, 300) == [False, True, False, True]
