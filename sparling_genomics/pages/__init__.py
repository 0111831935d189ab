"""What a run looks like: logos, charts, the report. Reads a run's files, knows nothing of how they came about.

glyphs  outlines of letters and digits, so that no font is needed
logo    sequence logos, SVG, PNG and on matplotlib axes
page_logo  logos inside a page, of outlines that it has once
charts  the report's plots
heat_map  what each motif does to each label, as a picture
motif_table  a table of motifs as a notebook shows it
tracks  sequences with their sites, as a picture
peaks  the peak browser: every bound sequence as a row
chance  what chance gives: the null run's motifs
multiqc  sections of a MultiQC report
run_files  what a report is made of: the files of a run folder
parts   cards, headline, downloads: what its templates show
report  report.html, a pure function of the run folder
"""
