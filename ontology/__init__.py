"""What words mean: vocabularies, JSON-LD contexts, and the RDF description that every other package passes around."""
