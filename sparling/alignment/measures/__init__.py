"""How well streams agree in one latent space, measured on their sparse latents; source: SPARC (arXiv 2507.06265).

labels      what is known of samples: labels in a tree
files       labels and their tree from TSV
active      which latents of which samples are active
activity    latents alive in all streams, in some, in none
agreement   hierarchical generalised Jaccard: does a latent mean the same in every stream?
retrieval   is the partner of a sample in another stream the one whose latents are most alike?
probe       how well single latents tell labels
recovery    where concepts are known: has each a latent of its own?
occupancy   how many latents each label takes up, and a cap
"""
