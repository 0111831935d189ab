"""What the trainer needs to know of a question asked of sequences.

ranking  area under the ROC curve, average precision
auroc    AUROC with a bootstrap interval over clusters; over several shuffles of the test side
binary   `BinaryTask`: batches, loss, AUROC
"""
