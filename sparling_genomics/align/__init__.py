"""`sparling align RUN RUN …`: which concepts several finished runs share, by the places that their networks mark.

reading   what the local model of a run says at letters
places    samples: places that are the same site in all runs
sample    the sequences that are looked at
shared    one latent space of the runs, trained several times
concepts  motifs of several runs that tell each other through it
layout    how motifs of a concept lie on each other, by their places
letters   what Tomtom says of the same motifs, beside their sites
report    what is said and drawn
aligned   the result as a value
table     concepts.tsv, letters.tsv
results   places.tsv.gz, alignment.json
flow      from run folders to a folder of results
"""
