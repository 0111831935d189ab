"""Motif discovery in DNA and RNA on top of the generic core `sparling`.

Rooms from the lowest to the highest; a room imports only from rooms that stand before it:

    letters    letters, places and matrices as values; shuffles
    files      FASTA, motif files, tables; errors with path and line
    data       labelled sequences with their sides
    network    the motif network on both strands
    tasks      what the trainer needs to know of a question
    motifs     from a sparse map to motifs
    discovery  the search: trainings, candidates, one network
    pages      logos, charts, the report
    naming     names from a motif database
    worlds     random sequences with known motifs
    runs       run folders, made and read back
    audit      which motifs can be believed
"""
