"""The command line: parse, call, report; no logic.

main      the entry point; errors become exit codes (0, 1, 2, 130)
motifs    `sparling motifs train` and `match`
audit     `sparling motifs audit`
demo      `sparling demo`
validate  `sparling validate`
doctor    `sparling doctor`
progress  live progress; plain lines without a terminal
summary   what a command prints when it is done
"""
