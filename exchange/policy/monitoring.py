"""Prohibitions against what was done: infringed, and set right again once all remedies are carried out (§2.6.7)."""

from exchange.policy.asking import Performed, Request, World
from exchange.policy.decision import Decision
from exchange.policy.duties import named
from exchange.policy.model import Rule
from exchange.policy.rulebook import Rulebook
from exchange.policy.values import microseconds


def infringed(compiled: Rulebook, rule: Rule, decision: Decision) -> bool:
    """Whether a prohibition is infringed by an action performed until now that no remedy has set right."""
    done = [each for each in decision.world.performed if _against(compiled, rule, each, decision.world)]
    if not done:
        return False
    remedies = compiled.remedies.get(id(rule), ())
    if not remedies:
        return True
    last = max(done, key=lambda each: microseconds(each.at) if each.at else 0)
    since = tuple(each for each in decision.world.performed if each.at and last.at and each.at >= last.at)
    world = World(decision.world.now, decision.world.memberships, since, decision.world.reports)
    request = Request(last.action, last.party, last.target)
    index = compiled.program.index
    return not all(each.outcome(decision.states, index, request, world).fulfilled for each in remedies)


def _against(compiled: Rulebook, rule: Rule, done: Performed, world: World) -> bool:
    """Whether an action was one that the rule forbids, by the constraints as they were when it was done."""
    if done.at is None or world.now is None or done.at > world.now:
        return False
    if rule.action.iri and done.action not in compiled.words.covered(rule.action.iri):
        return False
    if rule.target and not named(rule.target, world.within(done.target)):
        return False
    if rule.assignee and not named(rule.assignee, world.within(done.party)):
        return False
    request = Request(done.action, done.party, done.target, done.values)
    then = World(done.at, world.memberships, values=done.values)
    states = compiled.program.run(request, then)
    compiled_rule = next(each for each in compiled.prohibitions if each.rule is rule)
    places = (*compiled_rule.constraints, *(each for given in compiled_rule.refinements for each in given))
    return all(states[place] is not False for place in places)
