"""Drawings: frozen values in, fluid SVG or HTML tables out. No words of their own, no colours, no script."""
