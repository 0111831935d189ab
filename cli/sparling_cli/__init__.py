"""The command line: parse, call, report; no logic of its own."""
