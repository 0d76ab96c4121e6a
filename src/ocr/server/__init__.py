"""`ocr serve`: receipts over HTTP and jobs that outlive a restart; the client is `ocr.Client`."""
