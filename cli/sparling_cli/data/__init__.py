"""``sparling data``: a module a command.

commands  the group, and the order of its help
show      `list` and `info`: which recipes there are, and what each says
get       `get`: download, check, unpack
verify    `verify`: what is kept is still what was fetched
names     names of recipes where a file is taken: ``--db jaspar``
"""
