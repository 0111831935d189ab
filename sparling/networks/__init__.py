"""What stands before and behind the layer: local models g, readouts h, and y = h(s(g(x))).

local             local models g in 1-D and 2-D
receptive_field   what a score of any local model depends on, measured
unbounded         which module of a network makes it look at everything
readout           readouts h: pooled, monotone, one output a position
sequence_readout  `SequenceReadout`, a readout h that spells: tokens one after the other
relation_readout  `RelationReadout`, a readout h of counts, places and distances between marks
followed          what a readout gives when a few activations change, at the cost of what changes alone
dropping          `DropBlock`, windows of a map silenced in training
model             `SparlingModel(local, sparsity, readout)`
"""
