"""The sequences of a run one by one: what is predicted of each, and what it becomes without each of its sites.

silenced  the prediction with one site silenced in the map
table     peaks.tsv, a line a sequence, and bound.fa.gz, the letters of bound ones
"""
