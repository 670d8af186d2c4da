"""Where facts rest; the only package that knows an engine."""
