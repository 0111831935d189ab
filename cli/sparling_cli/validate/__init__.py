"""``sparling validate``: train on a world whose truth is known, and say how much of the truth was found.

commands  the group: a command a world, and all of them
options   the options of its commands, and the names that they take
kinds     the worlds that there are
running   a validation: where it is run, how it is watched, what is printed of it
concepts  the world of concepts: its trainings on the screen, and their table
together  all worlds one after the other
"""
