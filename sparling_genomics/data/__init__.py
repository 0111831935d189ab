"""From records to labelled sequences with their sides.

clusters  which records say the same thing twice: the unit of division and of counting
labels    bound or unbound: file of negatives, table, or header words; a table of labels, values and weights
targets   several labels or values: columns, and the contrasts that motifs are sought in
splits    training, validation and test without leaks
usable    which records can be used, and whether something can be learned from them
dataset   `SequenceDataset`, and loading it
copies    which sequences are looked at; unbound ones where there are none: shuffled copies
regions   regions of a genome → windows to read
matched   windows of the genome that are like the bound ones in all but what binds
signal    what a signal track (bigWig) says of each region: a real value
genomic   `SequenceDataset` out of regions and a genome, and how well its two sides match
given     sequences given without labels: a FASTA file, or letters
"""
