"""AudioMNISTSequence: does the method find the digits in sound from which it learns to tell which were said?

presets   world, network and schedule, at three sizes
sources   the clips that are used: recordings or the built-in voice, divided for training and test
task      samples as the trainer wants them, those of the test made of clips kept apart
world     what the validation needs to know of it, and the published figures
sounds    what is heard at the strongest marks of each channel
pictures  mel frames with their sites, what each channel listens for
"""
