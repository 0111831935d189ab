"""What variants change in the eyes of a run: the prediction and the sites.

alleles     two alleles of one stretch as values
pairs       tables of two sequences a line: both alleles
haplotypes  variants of a VCF as alleles of windows of a genome
change      what a run says of both alleles: predictions, and the sites that differ
picture     the two alleles with their sites, letter by letter
tables      variants.tsv, sites.tsv, fields in INFO
flow        a file of variants through a run, in order, into a folder
frames      what variants change, as tables of pandas
"""
