"""Recipes for public data sets: where each lies, its SHA-256 and licence. None is shipped yet."""
