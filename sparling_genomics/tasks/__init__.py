"""What the trainer needs to know of a question asked of sequences.

binary  `BinaryTask`: batches, loss, AUROC
auroc   AUROC with a bootstrap interval over clusters; over several shuffles of the test side
"""
