"""`sparling motifs compare`: the motifs of several runs side by side, from the files in their folders alone.

places  which folders can be compared, and what each is called
read    what a run's files say of its motifs
groups  motifs of several runs that are one motif, aligned
words   what comes and goes, in a sentence
table   compare.tsv
page    compare.html
flow    the folder of a comparison, whole or not at all
"""
