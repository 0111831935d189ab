"""What the trainer needs to know of a question asked of sequences.

binary  `BinaryTask`: batches, loss, AUROC
"""
