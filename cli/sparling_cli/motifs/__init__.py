"""``sparling motifs``: a module a command.

commands  the group, and the order of its help
train     one run, or the same with several seeds
versus    what differs between two sets, a run in each direction
match     names from a database
audit     which motifs can be believed
compare   the motifs of several runs side by side
enrich    which known matrices bound sequences have more often
report    the page of a run, drawn anew
scan      where motifs lie in sequences or a genome
predict   how likely sequences are bound, and what each motif contributes
variants  what variants change: predictions, and sites
checks    what can be said of the options of scan, predict and variants at once
"""
