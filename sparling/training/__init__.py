"""Training end to end while the density is annealed down: rules, tasks, the loop, what it leaves on disk.

annealing    pure rules `Published` and `Relative`: when to tighten δ; `simulate`
checkpoint   files that survive a kill; weights in safetensors; no code is executed on loading
devices      device and precision of a run
folders      when a run may be started in a folder
optimiser    AdamW that does not load the compiler; one that keeps rows at length 1
records      metrics.jsonl, one evaluation a line
task         what the trainer needs to know of a domain
lines        one line an evaluation on standard error
session      a model in use: predictions and calibration on a device
schedule     what a training is asked to do (settings), and where it stands (progress)
trainer      the one training loop
revival      channels that get new weights in the course of it
"""
