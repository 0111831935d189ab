"""Motif discovery in DNA and RNA on top of the generic core `sparling`.

The modules, in the order in which data flow through them:

- ``alphabet``: letters as codes, reverse complement, one-hot
- ``intervals``: places on a genome as values, read from FASTA headers
- ``text_files``: lines of plain or gzip text, errors with path and line
- ``fasta``: records of a FASTA file
- ``labels``: bound or unbound, from a file of negatives, a table or header words
- ``splits``: training, validation and test without leaks
- ``dataset``: labelled sequences with their split; loading them
- ``background``: dinucleotide shuffles
- ``front_ends``: local models that read both strands, or one
- ``network``: the motif model from its description
- ``tasks``: batches, loss and score for bound against unbound
- ``config``: what a run was asked to do
- ``devices``: which device and precision it uses
- ``experiment``: the whole flow on one screen
- ``sites``: activations, sites, and the letters around them
- ``pwm``: position frequency matrices
- ``compare``: Tomtom, and the likeness of two motifs
- ``motifs``: sites to motifs: merged, trimmed, oriented, checked on held-out data
- ``motif_files``: MEME, JASPAR and TRANSFAC files
- ``export``: tables of motifs and sites
- ``logo``: sequence logos
- ``charts``: the report's plots
- ``report``: the run on one page
- ``run_folder``: where results go
- ``matching``: names from a motif database
- ``companions``: further runs inside a run folder: other seeds, shuffled sequences
- ``finished``: a finished run read back
- ``footprints``: do motifs overlap
- ``independence``: do letters depend on the layout
- ``composition``: is a motif more than its letters
- ``reliance``: does the prediction need it
- ``verdicts``: which motifs can be believed
- ``audit``: all of that on a finished run
- ``audit_words``: an audit in sentences
- ``audit_page``: an audit on one page
- ``planted``: random sequences with known motifs
- ``recovery``: what was found against what was planted
"""
