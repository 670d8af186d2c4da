"""Three-valued logic: True, False, and None for what nobody can tell."""

from collections.abc import Collection

Answer = bool | None


def any_of(answers: Collection[Answer]) -> Answer:
    """Kleene's or."""
    return True if True in answers else None if None in answers else False


def all_of(answers: Collection[Answer]) -> Answer:
    """Kleene's and."""
    return False if False in answers else None if None in answers else True


def not_(answer: Answer) -> Answer:
    """Kleene's not."""
    return None if answer is None else not answer
