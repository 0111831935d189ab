"""What the Motif Identifiability Theorem (SPARLING, arXiv 2302.01976) assumes, measured where the truth is known.

shares      a share of so many, with its interval
footprints  NON-OVERLAPPING: how often motifs lie on, or in sight of, another
layout      what surrounds a motif, and the inputs at it
dependence  MOTIF-SUFFICIENCY: do a motif's inputs depend on the layout, given its class?
background  MOTIF-SUFFICIENCY: is the background the same everywhere?
necessity   α-MOTIF-NECESSITY: how often an edit of a class changes the answer
bound       E_m, and the k of E_m ≤ k E
"""
