"""The PDF printer: blocks as an accessible document (PDF/UA-1), set by Typst, equal bytes for equal reports."""

from earnest.reports.pdf.printer import pdf

__all__ = ["pdf"]
