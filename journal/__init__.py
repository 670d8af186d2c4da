"""What happened: the ordered log that every projection follows."""
