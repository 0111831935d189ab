"""The search: trainings, candidates, one network with a channel a motif.

    site_task    `SiteTask`: the truth is where each motif's sites are
    config       `MotifConfig`: every option and its default, checked; config.toml
    experiment   the whole flow on one screen
    rounds       train, take out what was found, train again on what is left
    detectors    one network with a channel a motif learns to find their sites
    map_readout  the readout, fitted to a map and to maps with more and fewer sites
    refine       candidates of all rounds to one network, its map and its readout
"""
