"""DigitCircle: does the method find the digits of images from which it learns to read them in order?

presets   world, network and schedule, at three sizes
world     what the validation needs to know of it, and the published figures
"""
