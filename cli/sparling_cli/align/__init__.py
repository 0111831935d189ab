"""``sparling align``: concepts that several models share.

commands  the command
runs      of finished motif runs
"""
