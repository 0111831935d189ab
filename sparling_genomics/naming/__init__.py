"""Names of motifs from a database of known ones.

    tomtom  Tomtom against a database; likeness of two motifs
"""
