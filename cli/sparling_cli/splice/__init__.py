"""``sparling splice``: a module a command.

commands  the group, and the order of its help
check     what a genome and its annotation would be used for
"""
