"""Core sites: the letters at the ends of introns, as two tracks that pass beside the sparse map.

tracks         log P of a donor and of an acceptor at each position, from a table of 8-mers or from matrices
counts         how often each 8-mer is a site, along transcripts
lssi           a small network on 8 letters, written down as a table
wide           the same of acceptors by more letters of the intron, as a network
calibrated     a logistic curve from scores to the probability of a site
pwm            position weight matrices, calibrated
maxent         maximum entropy scores of donors and acceptors, from the user's own tables
maxent_tracks  these as tracks, calibrated
fit            one door to them
"""
