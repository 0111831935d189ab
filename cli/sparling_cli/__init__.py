"""The command line: parse, call, report; no logic.

main        the entry point; errors become exit codes (0, 1, 2, 130, 143)
options     options that several commands share, and the look of the help
comparison  the comparison of motifs with a database
scan_screen  how far a scan is, what it found
screen      where a command speaks, and what it says when it is stopped
checks      what can be said of options and files before anything heavy is imported
motifs      `sparling motifs`, a module a command
splice      `sparling splice`, a module a command
align       `sparling align`
data        `sparling data`, a module a command
validate    `sparling validate`, its worlds and options
demo        `sparling demo`
doctor      `sparling doctor`
errors      errors of the packages in the words of the command line
progress    live progress and the time left; plain rows without a terminal
summary     what a command prints when it is done
"""
