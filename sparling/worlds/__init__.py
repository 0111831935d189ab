"""Worlds on which the method is validated; each brings what is its own to `sparling.validation`.

spelled        what worlds have in common that are read as a sequence of tokens
figures        what their pictures have in common: colours, key, captions
images         what worlds of images have in common
digit_circle   digits on a circle in a noisy image, the world of the publication
latex_ocr      formulas as noisy images, to be read as LaTeX
spoken_digits  digits spoken one after the other in noise, the world of sound of the publication
concepts       sparse concepts that several streams see, to be found in one latent space
"""
