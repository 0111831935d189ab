"""LaTeX-OCR: formulas as noisy images, to be read as LaTeX tokens.

grammar   formulas of a given length, drawn by the grammar's law
glyphs    what the layout knows of each glyph: sizes and ink, from a file made once
layout    where the glyphs and bars of a formula lie
domain    `LatexOcr`: images, tokens and true boxes
edits     formulas with a sign taken out, put in, moved or exchanged
mathtext  the only module that knows Matplotlib's insides: makes the file of glyphs, and is the oracle of the tests
"""
