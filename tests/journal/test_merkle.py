"""The tree of the seals against RFC 6962: its root by the definition, its proofs by the algorithms of RFC 9162."""

from hashlib import sha256

import pytest

from journal.merkle import EMPTY, Grown, Tree, consistent, included, leaf, node

LEAVES = [leaf(b"event %d" % n) for n in range(40)]
SIZES = [(old, new) for new in range(1, 34) for old in range(new + 1)]


def by_definition(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node(by_definition(leaves[:half]), by_definition(leaves[half:]))


def test_an_entry_is_hashed_apart_from_two_subtrees() -> None:
    assert leaf(b"") == sha256(b"\0").digest() != node(b"", b"") == sha256(b"\1").digest()


@pytest.mark.parametrize("size", range(34))
def test_the_root_is_that_of_the_definition_however_the_tree_grew(size: int) -> None:
    roots = {Tree().grown(LEAVES[:cut]).grown(LEAVES[cut:size]).root for cut in range(size + 1)}
    assert roots == {by_definition(LEAVES[:size])}


@pytest.mark.parametrize(("old", "new"), SIZES)
def test_what_was_added_is_proved_from_the_peaks_before_it(old: int, new: int) -> None:
    grown, root = Grown(Tree().grown(LEAVES[:old]), LEAVES[old:new]), by_definition(LEAVES[:new])
    for index in range(old, new):
        path = grown.inclusion(index)
        assert included(LEAVES[index], index, new, path, root)
        assert not included(LEAVES[index], index, new, path[1:], root) or new == 1
        assert not included(LEAVES[index + 1], index, new, path, root)
        assert not included(LEAVES[index], index + 1, new, path, root)


@pytest.mark.parametrize(("old", "new"), SIZES)
def test_a_tree_is_proved_to_begin_with_the_one_before(old: int, new: int) -> None:
    before, after = Tree().grown(LEAVES[:old]), (new, by_definition(LEAVES[:new]))
    path = Grown(before, LEAVES[old:new]).consistency()
    assert consistent((old, before.root), after, path)
    if 0 < old < new:
        assert not consistent((old, LEAVES[39]), after, path)
        assert not consistent((old, before.root), (new, LEAVES[39]), path)
        assert not consistent((old, before.root), after, path[:-1])
