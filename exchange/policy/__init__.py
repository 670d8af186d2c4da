"""Policies in ODRL 2.2, from RDF to a decision: pure, without clock, network or store of its own."""
