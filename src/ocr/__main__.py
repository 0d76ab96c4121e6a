"""``python -m ocr`` is the command ``ocr``."""

from ocr.cli import main

if __name__ == "__main__":
    main()
