"""Full text search: the port in `port`, the embedded engine in `local`."""
