"""Concepts: does one latent space over several streams find what they share? The world with known truth of alignment.

presets    world and trainings, at two sizes
published  what SPARC published, by kind of training
world      what is to be run
result     what it came to, as values; validation.json
measure    an alignment against the truth
flow       world → trainings, one after the other → what each found
words      what that amounts to: a sentence, and whether the published orders hold
pictures   concepts and latents, agreement, frequency
report     report.html
"""
