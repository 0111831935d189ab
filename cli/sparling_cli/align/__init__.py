"""``sparling align``: one latent space over several models.

commands  the command and its options
streams   of features in files: trained, measured, told
runs      of finished motif runs: their concepts
"""
