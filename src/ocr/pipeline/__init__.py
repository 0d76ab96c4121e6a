"""A page from pixels to a document, the readers that a process shares, and reading of many inputs."""
