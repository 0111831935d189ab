"""Sequences of any number, whose letters lie on disk and whose names and places are columns, not objects.

letters  codes appended one by one; many of them lie in a file that the system maps
names    names as one text with offsets
places   places on a genome as columns
records  the records of FASTA files, read once
"""
