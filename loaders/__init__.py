"""Bulk in and out: RDF, CKAN, DCAT-US, LKOD and export."""
