"""Reading of whole folders and buckets into Parquet files, each input exactly once: ``ocr batch``."""
