"""Random sequences whose motifs are known.

planted      random sequences with known motifs
recovery     what was found against what was planted
planted_dna  does the method find the motifs of sequences whose answers follow from a grammar
"""
