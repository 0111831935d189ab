"""Formats of the field, read and written; a fault names its file and line.

text_files       lines of plain or gzip text, read and written; errors with path and line
bgzip            text files in one step, in blocks with an index (BGZF, tabix)
fasta            records of a FASTA file
genome           any piece of a genome, without reading the whole
genome_index     its index, made once; copies of files that cannot be read piecewise
bed              regions: BED, narrowPeak, broadPeak
meme_reader      the MEME format, line by line
motif_files      MEME, JASPAR and TRANSFAC files
motif_databases  motifs as others write them, their format told by content
vcf              variants of VCF and BCF files; VCF with fields of our own
rows             what a line of each table says: motif, effect, match, pair, site
tables           motifs.tsv, pairs.tsv, sites.bed, sites.tsv.gz
"""
