"""Names of motifs from a database of known ones.

jaspar       what JASPAR says of its matrices besides: taxon, families, classes
library      a database as names are taken from it, of all taxa or of some
tomtom       Tomtom p-values against a database
taxa         the taxon whose matrices fit a run best, where a database mixes several
families     what a motif is called: what the matrices that are tied have in common
names        the names of a run's motifs, in tables, files and on pages
match_table  the best matches with their matrices: matches.tsv, matches.meme
"""
