"""How far a sparse map and its outputs are from the truth, for samples whose true motifs or outputs are known.

    motif_errors   map against true motifs: missed, false, confused
    placement      where a channel's motif lies beside its marks, without the truth
    sequences      outputs against true outputs: edit distance, exact match
    entropy        what a map of given density can carry, in bits
    identifiability   what the theorem assumes: overlap, sufficiency, necessity, its bound
    causal         whether the readout really uses the map: move or silence a channel and look at the output

Every error is a fraction, not a percentage. Nothing here is used in training.
"""
