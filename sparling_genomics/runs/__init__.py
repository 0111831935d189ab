"""Run folders: made, filled, read back; further runs inside them.

run_folder    where a run goes, and when a folder may be used
opening       how a run begins, goes on and is stopped, whatever its task
known_starts  known matrices beside the motifs that their channels became
could_show    the smallest share that a run of this size would have shown a motif in
run_json      what run.json says
publish       every file of a finished run
train         a run from its configuration to its folder
companions    further runs inside a run folder: other seeds and their agreement, the null run on shuffled sequences
finished      a finished run read back: data, network, map, motifs
versus        two sets against each other: a run in each direction
matching      `sparling motifs match`
"""
