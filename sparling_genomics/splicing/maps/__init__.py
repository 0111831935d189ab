"""Maps of a splicing run: where its motifs lie on the test side, and what each occurrence does.

places        from places along transcripts to intervals of the genome
sites         splice sites, and decoys beside them
knock_out     the change of a site's log-odds without one occurrence of a motif
side          one side read once: occurrences, predicted sites, effects
rna_map       marks and effects at each distance from sites, with bands
roles         what a motif is, by its letters and place
surroundings  marks in introns, exons and at decoys
tables        sites.bed, splice_sites.bed, effects.tsv.gz, rna_map.tsv
pictures      RNA maps as pictures
page          report.html
write         everything in one call
"""
