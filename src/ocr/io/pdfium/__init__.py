"""PDFium in processes of its own, which can be killed: a file that crashes it, fills memory or never ends costs itself.

`ocr.io.pdfium.pool` keeps the processes, `ocr.io.pdfium.process` talks to one, ``python -m ocr.io.pdfium`` is one, and
`ocr.io.formats.pdf` turns a file into pages with them. A process gets the file and gives the pixels through shared
memory where the system has it; nothing else is shared.
"""
