"""Does a model find the truth of a world whose motifs are known? Train on its outputs alone, then compare.

theorem     what the theorem assumes, measured on a world
result      what a validation found, as values; validation.json
evidence    what a report draws: boxes and sites of any rank; a finished run, read from its folder
variants    schedule and method, and the method with one part of it changed
run         what can be validated, and what is to be run; its configuration, and whether it may be resumed
world       what a world brings: samples, model parts, perturbation, figures to be held against, words and drawing
measure     errors on test samples, whether the output follows from the map, what channels see
references  the supervised ceiling, and the readout retrained without the bottleneck
flow        world → model → training → what it found, against the truth
summary     what that amounts to, in one sentence
drawing     palette, axes, SVG and PNG
curves      errors against density, the course of training, confusion, necessity
report      report.html
"""
