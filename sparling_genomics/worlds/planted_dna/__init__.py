"""Planted DNA: does the method find the motifs, in sequences whose answer follows from a grammar over known sites?

factors   motifs of well-known factors, as consensus
layouts   which motifs a sequence carries, on which strand and where
grammars  what a sequence says: six rules, each with the answers that it demands
world     sequences, answers and true sites of one grammar
task      the world as the trainer wants it
run       what is to be run; its configuration, and whether it may be resumed
starts    short trainings from different weights, of which the best goes on
flow      world → model → training → what it found, against the truth
placement  where a channel's motif lies beside its marks, on either strand
measure   exchanged motifs, known matrices as the ceiling, and what the report draws
pictures  sequences with their sites, logos of planted and found motifs
report    report.html
"""
