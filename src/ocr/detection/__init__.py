"""Text detection: a page to polygons."""
