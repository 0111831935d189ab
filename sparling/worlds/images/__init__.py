"""What worlds have in common whose samples are images and whose output is spelled.

presets   a world, a network and a schedule under one name
world     `ImageWorld`: samples, model parts, perturbation and pictures of such a world
pictures  images with their sites, what each channel looks for
"""
