"""One answer for several values of what a use is for or where it goes: each of them has to be allowed.

A use for research and for commerce is two uses. Where one is allowed and the other is not, the constraint is unknown:
then a permission grants nothing, a prohibition forbids, and a duty is taken to be due.
"""

from collections.abc import Callable, Sequence
from typing import Any

from exchange.policy.kleene import Answer

Check = Callable[[Sequence[Any]], Answer]


def of_each(place: int, plain: Check, alone: Check) -> Check:
    """True or false if it is so of every value.

    Args:
        plain: answers for one value.
        alone: the same, given nothing but that value.
    """

    def holds(seen: Sequence[Any]) -> Answer:
        values = seen[place]
        if values is None or len(values) == 1:
            return plain(seen)
        answers = {alone(((value,),)) for value in dict.fromkeys(values)}
        return answers.pop() if len(answers) == 1 else None

    return holds


def of_all_together(place: int, plain: Check, touches: Check) -> Check:
    """For operators that want the values to make up a whole: none of them may lie outside it.

    Args:
        plain: answers for all values at once.
        touches: whether a value, given alone, has to do with any of the right operands.
    """

    def holds(seen: Sequence[Any]) -> Answer:
        answer, values = plain(seen), seen[place]
        if not answer or len(values) == 1:
            return answer
        return True if all(touches(((value,),)) for value in values) else None

    return holds
