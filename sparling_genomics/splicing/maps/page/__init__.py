"""report.html of a splicing run: what it found, on one offline page.

frequency     how often the motifs' consensus words occur
genes         test genes: what was found, missed and wrongly called in each
gene_picture  genes drawn: exons, marks, probabilities
curve         accuracy against density, with the frequency of the words
report        the page
"""
