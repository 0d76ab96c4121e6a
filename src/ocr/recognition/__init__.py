"""Text recognition: a line crop to text."""
