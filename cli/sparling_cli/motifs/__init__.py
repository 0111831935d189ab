"""``sparling motifs``: a module a command.

commands  the group, and the order of its help
train     one run, or the same with several seeds
versus    what differs between two sets, a run in each direction
match     names from a database
audit     which motifs can be believed
report    the page of a run, drawn anew
predict   how likely sequences are bound, and what each motif contributes
variants  what variants change: predictions, and sites
"""
