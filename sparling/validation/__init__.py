"""Does a model find the truth of a world whose motifs are known? Train on its outputs alone, then compare.

presets    a world, a network and a schedule under one name
variants   the method, and the method with one part of it changed
run        what is to be run; its configuration, and whether it may be resumed
flow       world → model → training → what it found, against the truth
looks      what a trained model makes of samples and of maps
patches    the mean of what a channel sees at its marks, and where in it the motif lies
measure    errors on test samples, causal checks, and what the report draws
references  the supervised ceiling, and the readout retrained without the bottleneck
evidence   a finished run, read from its folder
summary    its figures beside the published ones, and one sentence
drawing    palette, axes, SVG and PNG
pictures   examples, what each channel looks for, the confusion matrix
curves     errors against density, the course of training, necessity
report     report.html
"""
