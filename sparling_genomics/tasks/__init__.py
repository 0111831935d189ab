"""What the trainer needs to know of a question asked of sequences.

ranking  area under the ROC curve, average precision
binary   `BinaryTask`: batches, loss, AUROC
"""
