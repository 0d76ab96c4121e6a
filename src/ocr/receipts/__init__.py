"""From the lines of a document to checked receipts: see ``docs/receipts.md``."""
