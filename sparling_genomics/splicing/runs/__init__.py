"""Trainings of the splicing network: a run folder from a genome and its annotation.

config      what a run was asked to do
inputs      genome and genes, read and checked as it says
reading     the network's map along transcripts: marks, and sites with channels silenced
words       letters around the marks of each channel, as motifs with their place and need
adjusted    channels that begin as known matrices, and may fire where these score
need        which motifs the validation side needs
training    the two trainings: fewer marks; then on, with needed channels alone
copies      channels that mark one word, put together
publish     the files of a run folder, and the model read back
experiment  the whole run on one screen
"""
