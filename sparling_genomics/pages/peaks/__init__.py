"""The peak browser of the report: every bound sequence as a row, from the files of a run folder alone.

packed   columns of numbers, and letters, as text in few bytes
shown    what is shown: sequences, sites, predictions, as values
section  the section of the page, with its data and its script
"""
