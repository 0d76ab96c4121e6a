"""Output formats, one a file: a document to text, JSON or a picture."""
