"""Where lines stand to each other: merging of fragments, rows, receipts in one picture."""
