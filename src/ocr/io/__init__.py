"""Pictures and PDFs to upright RGB pages, pixels, the letterbox, and files written whole."""
