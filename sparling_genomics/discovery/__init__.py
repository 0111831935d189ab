"""The search: trainings, candidates, one network with a channel a motif.

config       `MotifConfig`: every option and its default, checked; config.toml
plan         how a round will go: follows from configuration and data alone
rounds       train, take out what was found, train again on what is left
site_task    `SiteTask`: the truth is where each motif's sites are
detectors    one network with a channel a motif learns to find their sites
map_readout  the readout, fitted to a map and to maps with more and fewer sites
refine       candidates of all rounds to one network, its map and its readout
outcome      what a search found: `Found`, `Map`, `Measured`, `Provenance`
search       the whole search on one screen
"""
