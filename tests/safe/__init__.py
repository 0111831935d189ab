"""What a file that somebody else made cannot do: run code, write elsewhere, pretend to be the program, fill the memory.

test_nothing_runs  no call in the packages executes what a file holds; a run folder with code inside is refused
test_names         hostile names through commands: text in every file and on the screen
test_sizes         small files that would be large, in a process with little memory
"""
