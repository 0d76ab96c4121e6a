"""How fast, how lean and how like one another readers and models are; records to use, commands only print them."""
