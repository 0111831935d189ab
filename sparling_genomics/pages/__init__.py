"""What a run looks like: logos, charts, the report. Reads a run's files, knows nothing of how they came about.

logo    sequence logos, SVG and PNG
charts  the report's plots
tracks  example sequences with their sites
report  report.html, a pure function of the run folder
"""
