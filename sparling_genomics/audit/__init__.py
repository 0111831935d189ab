"""Which motifs of a finished run can be believed.

footprints    audit: share of footprints that overlap
independence  audit: letters against layout, by permutation
composition   audit: a matrix against its own columns in other orders
figures       what is measured of each motif, as values
reliance      audit: channels silenced and swapped, sites moved
checks        the checks behind a verdict, their thresholds and words
verdicts      the rule by which a motif is trusted
audit         all figures and verdicts of a run
words         the audit in sentences
running       `sparling motifs audit`, and the cheap checks alone
trained       a training, and the checks that it ends with
"""
