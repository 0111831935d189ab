"""Run folders: made, filled, read back; further runs inside them.

    run_folder  where results go, and when a folder may be used
    matching    `sparling motifs match`
    companions  further runs inside a run folder: other seeds and their agreement, the null run on shuffled sequences
    finished    a finished run read back: data, network, map, motifs
"""
