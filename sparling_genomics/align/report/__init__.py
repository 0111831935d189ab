"""What is said and drawn of an alignment of runs.

words     what each concept is called, and what is shared, in a sentence
examples  places of a concept with its letters
matrix    concepts × runs as a picture
page      align.html
"""
