"""Training of the scorers that find the fields of receipts: see ``docs/receipts.md``."""
