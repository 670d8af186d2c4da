"""Terms of the SHACL namespace by what they are for; what is in none of these lists is a misspelling."""

from typing import Final

INTEGERS: Final = frozenset(
    [
        "minCount",
        "maxCount",
        "minLength",
        "maxLength",
        "qualifiedMinCount",
        "qualifiedMaxCount",
    ]
)
BOOLEANS: Final = frozenset(["uniqueLang", "closed", "deactivated", "qualifiedValueShapesDisjoint"])
IRIS: Final = frozenset(
    [
        "class",
        "datatype",
        "targetClass",
        "targetSubjectsOf",
        "targetObjectsOf",
        "equals",
        "disjoint",
        "lessThan",
        "lessThanOrEquals",
        "severity",
    ]
)
LISTS: Final = frozenset(["in", "languageIn", "and", "or", "xone", "ignoredProperties"])
NODE_KINDS: Final = frozenset(["BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"])
LITERALS: Final = frozenset(["pattern", "flags", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive"])
SINGLE: Final = frozenset(
    [
        "path",
        "datatype",
        "minCount",
        "maxCount",
        "nodeKind",
        "minLength",
        "maxLength",
        "minExclusive",
        "minInclusive",
        "maxExclusive",
        "maxInclusive",
        "uniqueLang",
        "severity",
        "deactivated",
        "in",
        "languageIn",
        "closed",
        "ignoredProperties",
        "flags",
        "qualifiedMinCount",
        "qualifiedMaxCount",
    ]
)
"""Parameters of which a shape has one at most (SHACL §4)."""

CONSTRAINTS: Final = (
    INTEGERS | (BOOLEANS - {"deactivated"}) | LISTS | LITERALS
    | frozenset(["class", "datatype", "equals", "disjoint", "lessThan", "lessThanOrEquals", "nodeKind", "hasValue"])
    | frozenset(["property", "node", "not", "qualifiedValueShape", "sparql", "js", "expression"])
) - {"flags", "ignoredProperties"}  # fmt: skip
"""Predicates that make a shape say something."""

_PATHS = "path inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath"
_CORE = (
    "Shape NodeShape PropertyShape Severity Violation Warning Info Debug Trace NodeKind PropertyGroup property node not"
    " qualifiedValueShape hasValue nodeKind targetNode targetWhere message name description order group defaultValue"
    " shapesGraph suggestedShapesGraph shapesGraphWellFormed entailment conformanceDisallows"
)
_REPORTS = (
    "ValidationReport ValidationResult AbstractResult conforms result detail focusNode resultPath resultSeverity"
    " resultMessage sourceShape sourceConstraint sourceConstraintComponent value"
)
_SPARQL = (
    "sparql SPARQLConstraint SPARQLExecutable SPARQLAskExecutable SPARQLSelectExecutable SPARQLConstructExecutable"
    " SPARQLUpdateExecutable select ask construct update prefixes declare prefix namespace PrefixDeclaration parameter"
    " Parameter Parameterizable ConstraintComponent optional validator nodeValidator propertyValidator labelTemplate"
    " Validator SPARQLAskValidator SPARQLSelectValidator resultAnnotation ResultAnnotation annotationProperty"
    " annotationValue annotationVarName"
)
_ADVANCED = (
    "target Target TargetType SPARQLTarget SPARQLTargetType rule Rule SPARQLRule TripleRule condition subject predicate"
    " object this expression filterShape nodes intersection union function Function SPARQLFunction returnType Rules"
    " js JSExecutable JSConstraint JSFunction JSLibrary JSRule JSTarget JSTargetType JSValidator jsFunctionName"
    " jsLibrary jsLibraryURL values groupConcat count min max sum orderBy desc limit offset distinct"
)
KNOWN: Final = (
    INTEGERS | BOOLEANS | IRIS | LISTS | NODE_KINDS | LITERALS
    | frozenset(f"{_PATHS} {_CORE} {_REPORTS} {_SPARQL} {_ADVANCED}".split())
)  # fmt: skip
"""Every term of SHACL Core, SHACL-SPARQL, Advanced Features and SHACL-JS but the components."""

SCRIPTS: Final = frozenset({"js", "expression"})
"""Constraints that run code or need Advanced Features: refused from everyone."""
