"""``sparling splice``: a module a command.

commands  the group, and the order of its help
train     a network that finds splice sites, and its words
running   a training of the group on the screen
check     what a genome and its annotation would be used for
windows   true splice sites against decoys with the same two letters
predict   donors and acceptors of other sequences
variants  what variants do to splice sites
genes     the genes that the commands of a finished run look at
checks    what can be said of their options at once
"""
