"""What a finished run says of other sequences.

model_scan   sites of a run's motifs
predictions  how likely each sequence is bound, and what each motif contributes
"""
