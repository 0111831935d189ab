"""From a sparse map to motifs: sites, matrices, which ones hold, what each does.

    splitting    one channel that answers to two patterns, told apart
    cuts         from which score on a detector's answer is a site; whether composition explains it
    selection    which motifs are reported: those that hold, each once
    repeats      whether a motif is a piece of a repeated element: the letters beyond it
    effects      what each motif does, alone and beside the others
    detectable   what could be found in data of this size at best
    activations  activations, the strongest of neighbours, letters around them
    motif        `sparling motifs train` and `match`
"""
