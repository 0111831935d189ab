"""One sparse latent space over several streams of features (SPARC, arXiv 2507.06265); it knows no biology.

codes      sparse latents of samples
rows       features that stay on disk: .npy and .safetensors, memory-mapped
streams    what several models say of the same samples, checked together
settings   what an alignment is asked to do
topk       Global and Local TopK: which latents are active
sparse     products with the k rows that a sample needs
model      encoders, TopK, decoders: reconstruction errors of every pair of streams
task       batches, loss and score, as the trainer wants them
revival    dead latents that the auxiliary loss cannot reach start anew
alignment  `Alignment`, the result as a value, saved and read back
align      `align`, the front door
results    what is measured of an alignment: latents.tsv, alignment.json
measures   how well streams agree, measured on their latents
"""
