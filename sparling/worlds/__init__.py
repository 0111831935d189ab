"""Worlds on which the method is validated; each brings what is its own to `sparling.validation`.

digit_circle  digits on a circle in a noisy image, the world of the publication
"""
