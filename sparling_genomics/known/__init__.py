"""Known matrices in labelled sequences: which of a whole database are enriched.

alphabets   whether matrices and sequences are of one
best_sites  the best site of each matrix in each sequence, all matrices at once
halves      one sequence a cluster, and the half on which cuts are chosen
enrichment  cut, P, E, q and AUROC of each matrix
families    matrices whose sites lie where a better one's do
table       the table of enriched matrices
enrich      from files to a table: what ``sparling motifs enrich`` does
"""
