"""Splicing: genes with their introns, and what a task on them needs.

gene_lines  lines of a GTF or GFF3 file
annotation  genes, transcripts and introns as values
canonical   one transcript for a gene, by a stated rule
genes       genes on a genome: splice sites, labels, what does not fit
split       which genes train, validate and test
homology    which genes have relatives on the training side
windows     transcripts of one side, and windows of one size along them
metrics     top-k accuracy and AUPRC of splice sites
core_sites  the letters at the ends of introns, as two tracks beside the map
network     the splicing network
task        donors and acceptors at every position, as the trainer wants it
check       what a genome and its annotation would be used for, in numbers and words
universes   where figures hold: genes with introns, all genes, the whole genome
maps        where motifs lie on the test side, and what each occurrence does
runs        trainings: a run folder from a genome and its annotation
decoys      true sites against decoys: a run folder from windows
calls       a run used: splice sites of other sequences, and what variants do to them
"""
