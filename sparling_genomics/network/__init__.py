"""The motif network: local models on both strands, and y = h(s(g(x))) from a description.

front_ends     the same weights on both strands (DNA) or the forward strand (RNA)
matrix_local   a local model that starts as known matrices, and what a network adds
budgeted       the sparsity layer of a motif network: each channel's budget follows from labelled sequences
motif_network  the motif model from its description; with other channels; saving and loading it
"""
