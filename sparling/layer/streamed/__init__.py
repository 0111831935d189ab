"""Statistics of scores that are too many to keep: they are walked part by part, a few times, over all ranks.

walks      what is made anew whenever it is walked, and (x, mask) pairs that are checked
scores     `ScoreStream`, the scores of a local model, and what is known of all of them together
selection  the threshold that a given number of scores exceeds, in memory that does not grow with them
batchnorm  precise BatchNorm: statistics inside a local model, averaged over batches and ranks
"""
