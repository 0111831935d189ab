"""Splice sites told by the few letters at them alone.

maxent  maximum entropy scores of donors and acceptors, from the user's own tables
"""
