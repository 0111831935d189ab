"""Windows around true splice sites against decoys with the same two letters: a run folder from a FASTA file.

reading     windows, and what headers or a table say of each
overlap     which windows share a word of 40 letters with others
network     the network of windows
core        what the letters at a site alone say of a window
task        true sites against decoys, as the trainer wants it
marks       the network's map of windows, and sites told with motifs silenced
words       what is marked as motifs, with their places in true windows and decoys
config      what a run was asked to do
page        report.html
publish     the files of a run folder
experiment  the whole run on one screen
"""
