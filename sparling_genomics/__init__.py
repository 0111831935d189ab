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
- ``hiding``: sequences with N where known sites were
- ``front_ends``: local models that read both strands, or one
- ``matrix_local``: a local model that starts as known matrices
- ``network``: the motif model from its description
- ``tasks``: batches, loss and score for bound against unbound
- ``site_task``: the same with the places of known sites as truth
- ``config``: what a run was asked to do
- ``experiment``: the whole flow on one screen
- ``sites``: activations, sites, and the letters around them
- ``pwm``: position frequency matrices
- ``compare``: Tomtom, and the likeness of two motifs
- ``splitting``: one channel that answers to two patterns, told apart
- ``motifs``: sites to motifs: merged, trimmed, oriented, checked on held-out data
- ``rounds``: train, take out what was found, train again
- ``detectors``: one network with a channel a motif
- ``cuts``: from which score on a detector's answer is a site
- ``selection``: which motifs are reported, each once
- ``refine``: candidates of all rounds to one network and its map
- ``effects``: what each motif does, alone and beside the others
- ``motif_files``: MEME, JASPAR and TRANSFAC files
- ``export``: tables of motifs and sites
- ``logo``: sequence logos
- ``charts``: the report's plots
- ``tracks``: example sequences with their sites, as SVG
- ``report``: the run on one page
- ``run_folder``: where results go
- ``matching``: names from a motif database
- ``planted``: random sequences with known motifs
- ``recovery``: what was found against what was planted
- ``planted_dna``: does the method find the motifs of sequences whose answers follow from a grammar
"""
