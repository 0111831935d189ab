"""What a finished run, or matrices, say of other sequences and of genomes.

text          what is scanned, in pieces at constant memory
hits          a hit, and what a scanner is
matrix_scan   scanner of matrices: every word that is unlikely enough
network_scan  scanner of a run's network: its sites, in pieces as in the whole
workers       units of work over processes, in order
listing       all hits, with P and q
hit_files     hits as BED, tracks
request       a scan from its files to its files
model_scan    sites of a run's motifs, as a table
predictions   how likely each sequence is bound, and what each motif contributes
"""
