"""What is asked: searches as people type them, and ten SPARQL queries of the kinds that catalogs get."""

PREFIXES = (
    "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> "
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
    "PREFIX theme: <http://publications.europa.eu/resource/authority/data-theme/> "
    "PREFIX type: <http://publications.europa.eu/resource/authority/file-type/> "
    "PREFIX : <http://catalog.example.jp/> "
)
_THEME = "http://publications.europa.eu/resource/authority/data-theme/"

SEARCHES: tuple[dict[str, str], ...] = (
    {"q": "人口"},
    {"q": "京都 観光"},
    {"q": "避難所", "theme": _THEME + "GOVE"},
    {"q": '"人口統計"'},
    {"q": "population statistics"},
    {"q": "air pollutant", "format": "CSV"},
    {"q": "水質測定", "sort": "modified"},
    {"q": "東京都 -人口"},
    {"q": "shelters", "issued": "2015..2018"},
    {"q": "バス停", "language": "ja"},
    {"q": "tourist facilities Kyoto"},
    {"q": "令和元年"},
    {"q": "", "theme": _THEME + "ENVI"},
    {"q": "保育所 札幌"},
)

QUERIES: tuple[tuple[str, str], ...] = (
    ("look-up", "SELECT ?p ?o { <DATASET> ?p ?o }"),
    (
        "describe (dataset and nested)",
        "SELECT ?p ?o ?q ?x { <DATASET> ?p ?o OPTIONAL { <DATASET> (dcat:distribution|dct:temporal|dcat:contactPoint) "
        "?o . ?o ?q ?x } }",
    ),
    ("facet by theme", "SELECT ?theme (COUNT(?d) AS ?n) { ?d a dcat:Dataset ; dcat:theme ?theme } GROUP BY ?theme"),
    (
        "theme + publisher",
        "SELECT ?d ?t { ?d dcat:theme theme:TRAN ; dct:publisher <http://catalog.example.jp/agent/13> ; dct:title ?t "
        'FILTER(LANG(?t) = "ja") }',
    ),
    ("CONTAINS(title)", 'SELECT (COUNT(?d) AS ?n) { ?d dct:title ?t FILTER(CONTAINS(?t, "人口統計")) }'),
    (
        "date range",
        'SELECT (COUNT(?d) AS ?n) { ?d dct:issued ?i FILTER(?i >= "2015-01-01"^^xsd:date '
        '&& ?i < "2016-01-01"^^xsd:date) }',
    ),
    (
        "dataset–distribution–format",
        "SELECT ?d ?x { ?d dct:publisher <http://catalog.example.jp/agent/13> ; dcat:distribution ?x . "
        "?x dct:format type:CSV }",
    ),
    (
        "ORDER BY, page",
        "SELECT ?d ?m { ?d a dcat:Dataset ; dct:modified ?m } ORDER BY DESC(?m) ?d LIMIT 20 OFFSET 100",
    ),
    ("COUNT(*)", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
    (
        "theme/broader+",
        "SELECT (COUNT(?d) AS ?n) { ?d dcat:theme/skos:broader+ <http://catalog.example.jp/theme/top> }",
    ),
)
