"""Channels that get new weights in the course of a training, by what the model itself does.

channels     what is asked of a model for it: features, readout, worth of channels
effects      what a marked place does to the output, and which places do alike
teaching     a local model learns to mark what the whole model was found to say
recruitment  dead-channel revival: an idle one becomes a lookout for what the others leave unmarked
recoding     the codes of a dense map become channels, so that it can be sparse at once
"""
