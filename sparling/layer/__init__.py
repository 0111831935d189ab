"""The spatial sparsity layer s: thresholds, the layer itself, its calibration, layers to compare with.

thresholds   pure functions: the threshold that lets a given fraction through
inhibition   of marks within one window only the strongest stands
ranks        what the layer needs of the other processes of a distributed run
sparsity     `SpatialSparsity`, the layer s
calibration  `calibrate`, which makes the layer's density exact
baselines    layers to compare with: no sparsity, L1, KL, top-k
"""
