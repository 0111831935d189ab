"""What the Motif Identifiability Theorem assumes, measured on a world; of which classes it speaks, and its bound.

verdicts     the thresholds, and one sentence a class
assumptions  the measurements, as values of validation.json
picture      the motif error against the end-to-end error, with the bound
"""
