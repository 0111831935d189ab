"""Where figures hold: among genes with introns, among all genes of a biotype, or anywhere on either strand.

territories  which part of a genome belongs to which side
background   intergenic and antisense stretches, to train and validate on
counts       scores of a whole genome in constant memory: how many true and false positions have which
figures      top-k accuracy at three depths, AUPRC, recall and precision; errors by resampling genes
introns      introns and whole genes that are right
measured     figures of a network in all three universes
"""
