"""From a sparse map to motifs: sites, matrices, which ones hold, what each does.

activations  activations, the strongest of neighbours, letters around them
splitting    one channel that answers to two patterns, told apart
motif        `Motif`: letters around its sites, trimmed, oriented
evidence     whether a motif holds: clusters with a site, bound against unbound, by side
detectable   what could be found in data of this size at best, said before training
merging      channels of a map to candidates: split, merged, cut
cuts         from which score on a detector's answer is a site; whether composition explains it
repeats      whether a motif is a piece of a repeated element: the letters beyond it
selection    which motifs are reported: those that hold, each once
effects      what each motif does to the prediction, and where it lies
pairs        two motifs in the same sequences: how often, how far apart, in which order
site_table   sites as a table: where each lies, in its sequence and on the genome
"""
