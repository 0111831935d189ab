"""Where figures hold: among genes with introns, among all genes of a biotype, or anywhere on either strand.

territories  which part of a genome belongs to which side
background   intergenic and antisense stretches, to train and validate on
errors       errors of top-k accuracy by resampling genes
introns      introns and whole genes that are right
measured     figures of a network in all three universes
baselines    what a site's own letters say without a map: matrices, LSSI, maximum entropy
"""
