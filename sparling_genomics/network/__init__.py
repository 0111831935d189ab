"""The motif network: local models on both strands, and y = h(s(g(x))) from a description.

front_ends     the same weights on both strands (DNA) or the forward strand (RNA)
matrix_local   a local model that starts as known matrices, which a network adjusts
motif_network  the motif model from its description; saving and loading it
"""
