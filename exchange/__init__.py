"""What passes between participants; empty but for the seams until contracts are built."""
