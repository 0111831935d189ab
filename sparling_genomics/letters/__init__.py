"""Letters, places, matrices: values and pure functions on which all rests.

alphabet     letters as codes, reverse complement
one_hot      codes as the four channels of a tensor
intervals    places on a genome as values, read from FASTA headers
background   uniform shuffles that keep dinucleotides
pwm          counts, and what follows from them
likeness     likeness of two motifs, by which duplicates are found
trimming     where a motif begins and ends in the counts around its sites
orientation  the strand on which a motif is written; palindromes
streams      random numbers by seed and purpose
scan         matrices along sequences: the score of every word
log_odds     matrices as whole-number scores, and how likely each is by chance
words        words of a few letters, in how many sequences each lies
"""
