"""The search: seeds, one sparse network trained twice, and which of its channels are motifs.

config         `MotifConfig`: every option and its default, checked; config.toml
growing        a seed's matrix along a text: grown from a word, moved by its own sites, erased
seeds          words that bound sequences have more often, grown to matrices: how many channels, and where they start
several_seeds  the same where several labels or values are asked
known          known matrices as channels: first budgets, and where each may fire
plan           how a search will go: follows from configuration and data alone
training       a training of the motif network, end to end on the labels; budgets and thresholds
start          the network before each training: channels that start as seeds
choice         which channels are motifs: the validation side decides
few            a few dozen sequences: seeds of all of them, proven by shuffles of the whole set
outcome        what a search found: `Found`, `Made`, `Measured`, `Provenance`
search         the whole search on one screen
"""
