"""Report values and their renderers; letters."""
