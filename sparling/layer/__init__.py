"""The spatial sparsity layer s: thresholds, the layer itself, its calibration, layers to compare with.

thresholds   pure functions: the quantile threshold that lets a given fraction through
inhibition   non-maximum suppression: of marks within one window only the strongest stands
codes        where a dense map marks something, and what all channels say there together
ranks        what the layer needs of the other processes of a distributed run
bottleneck   `Bottleneck`: what model, trainer and calibration ask of a layer in this place
padding      padding never counts: masks to modules that take them, `RealNorm`
normaliser   BatchNorm that knows padding and other ranks
tracker      `ThresholdTracker`: the threshold that follows the data, and all its state
sparsity     `SpatialSparsity`, the layer s, of the three parts above
streamed     statistics of scores that are too many to keep, over all ranks
calibration  `calibrate`, precise BatchNorm and thresholds, which makes the layer's density exact
baselines    layers to compare with: no sparsity, L1, KL, top-k, noise
"""
