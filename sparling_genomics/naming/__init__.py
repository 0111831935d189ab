"""Names of motifs from a database of known ones.

tomtom  Tomtom p-values against a database
names   the best database match of each motif
"""
