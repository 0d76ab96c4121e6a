"""`ocr serve`: receipts over HTTP, jobs that outlive a restart, and the page on which people review them.

Nothing here imports FastAPI until a server is made, so `ocr.Client` needs no extra.
"""
