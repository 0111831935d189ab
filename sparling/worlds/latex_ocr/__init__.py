"""LaTeX-OCR: does the method find the signs of formulas from which it learns to read LaTeX?

presets   world, network and schedule, at three sizes
world     what the validation needs to know of it, and the published figures
"""
