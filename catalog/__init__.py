"""What is on offer: descriptions, search, SPARQL and who may see what."""
