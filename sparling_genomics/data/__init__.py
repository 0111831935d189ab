"""From records to labelled sequences with their sides.

clusters     which records say the same thing twice: the unit of division and of counting
label_table  a table of labels, values and weights, read and checked
labels       bound or unbound: file of negatives, table, or header words
targets      several labels or values: columns, and the contrasts that motifs are sought in
splits       training, validation and test without leaks
usable       which records can be used, and whether something can be learned from them
dataset      `SequenceDataset`, and loading it
places       whether sites.bed holds places on a genome or in the sequences
given        sequences given without labels: a FASTA file, or letters
"""
