"""A splicing run used: splice sites of other sequences, and what variants do to them.

predictor       donors, acceptors and marks along sequences of any length
stretches       what is predicted: sequences, regions, transcripts, piece by piece
predict         predicted sites of a file, as a table or BED
placing         where an insertion or deletion may be placed in a repeat; the alternative allele along the reference
deltas          splice sites and marks that a variant takes and gives, gene by gene
variants        a VCF with the changes of every record in INFO
variant_tables  the same of a table, in columns
"""
