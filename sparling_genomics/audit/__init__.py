"""Which motifs of a finished run can be believed.

footprints    audit: share of footprints that overlap
independence  audit: letters against layout, by permutation
composition   audit: a matrix against its own columns in other orders
figures       what is measured of reliance, as values
reliance      audit: channels silenced and swapped, sites moved
verdicts      the rule by which a motif is trusted; its thresholds
audit         `sparling motifs audit`
words         the audit in sentences
page          audit.html
"""
