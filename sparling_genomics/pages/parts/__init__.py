"""Parts of the report of a run: what its templates show, as values and sentences.

numbers    shares and small numbers as text
headline   what was found in a sentence to paste, and what to know beside it
positions  where sites lie in their sequences
downloads  the matrix of one motif, as files within the page
matches    best matches in a database, their logos aligned
cards      all that is known of one motif
figures    all numbers of the page as JSON
pairs      two motifs together: arrows to scale over gaps, factors of all pairs
rejected   candidates that are not reported, and what became of words
method     charts of how the run came about
"""
