"""The Dataspace Protocol 2025-1: its messages, its states, how it writes policies and catalogs. No I/O."""
