"""``sparling motifs``: a module a command.

commands  the group, and the order of its help
train     one run, or the same with several seeds
match     names from a database
audit     which motifs can be believed
report    the page of a run, drawn anew
scan      where motifs lie in sequences or a genome
scan_screen  how far a scan is, what it found
"""
