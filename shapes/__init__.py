"""What well-formed data looks like: SHACL shapes, profiles and validation."""
