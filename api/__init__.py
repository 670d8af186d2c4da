"""HTTP, pages and the command line; the only package that knows the web framework."""
