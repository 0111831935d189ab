"""Worlds whose true motifs are known: samples to train on, and for evaluation only where each motif is.

base            what a world offers: the protocols Domain and SpelledDomain
counter_random  random numbers by seed, sample and counter
digit_sequence  what worlds have in common whose output is a sequence of digits
stamps          ten digits of a few pixels
spoken_digits   spoken digits one after the other in noise, read in order of time
digit_circle    digits on a circle in a noisy image, read in order of angle
latex_ocr       formulas as noisy images, read as LaTeX
digit_edits     its layouts, with a digit taken out, put in, moved or exchanged
concepts        sparse concepts seen by several streams, each in its own way: truth for alignment
sequence_task   worlds as the trainer wants them; one whose output is a sequence
"""
