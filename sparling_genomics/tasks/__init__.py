"""What the trainer needs to know of a question asked of sequences.

ranking         area under the ROC curve, average precision, rank correlation
auroc           AUROC with a bootstrap interval over clusters; over several shuffles of the test side
binary          `BinaryTask`: batches, loss, AUROC
several         `SeveralTask`: several labels or values at once, their loss and score
column_figures  how well each label or value is predicted, with intervals
"""
