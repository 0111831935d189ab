"""Worlds on which the method is validated; each brings what is its own to `sparling.validation`.

digit_circle   digits on a circle in a noisy image, the world of the publication
spoken_digits  digits spoken one after the other in noise, the world of sound of the publication
"""
