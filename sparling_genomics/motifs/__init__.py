"""From a sparse map to motifs: sites, matrices, which ones hold, what each does.

activations    activations, the strongest of neighbours, letters around them
map_features   what the readout sees of a map, and which of its activations are sites
motif          `Motif`: letters around its sites, trimmed, oriented
evidence       whether a motif holds: clusters with a site, bound against unbound, by side
detectable     what could be proven in data of this size at best, said before training
repeats        whether a motif is a piece of a repeated element: the letters beyond it
elements       pieces of one element: motifs whose sites keep one place beside another's
effects        what each motif does to the prediction, and where it lies
label_effects  what each motif does to each of several labels or values
pairs          two motifs in the same sequences: how often, how far apart, in which order
site_table     sites as a table: where each lies, in its sequence and on the genome
places         whether sites.bed holds places on a genome or in the sequences
"""
