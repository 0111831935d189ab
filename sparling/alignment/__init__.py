"""One sparse latent space over several streams of features (SPARC, arXiv 2507.06265); it knows no biology.

codes     sparse latents of samples
measures  how well streams agree, measured on their latents
"""
