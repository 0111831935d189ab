"""Planted DNA: does the method find the motifs, in sequences whose answer follows from a grammar over known sites?

factors    motifs of well-known factors, as consensus
layouts    which motifs a sequence carries, on which strand and where
grammars   what a sequence says: six rules, each with the answers that it demands
edits      layouts with a site taken out, put in, moved or exchanged
domain     sequences, answers and true sites of one grammar
task       the domain as the trainer wants it
starts     short trainings from different weights, of which the best goes on
placement  where a channel's motif lies beside its marks, on either strand
measure    exchanged motifs, and known matrices as the ceiling
world      what the validation needs to know of it
pictures   sequences with their sites, logos of planted and found motifs
"""
