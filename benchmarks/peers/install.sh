#!/bin/sh
# Install the tools that the benchmark compares with, each in an environment of its own, under $SPARLING_PEERS
# (default ~/.cache/sparling-peers). Nothing is added to the environment of sparling, and nothing needs root.
set -e
root=${SPARLING_PEERS:-$HOME/.cache/sparling-peers}
mkdir -p "$root/glam2"

python3 -m venv "$root/gimme"       # compiles BioProspector and MDmodule: needs gcc; ChIPMunk needs java
"$root/gimme/bin/pip" install gimmemotifs==0.18.4

python3 -m venv "$root/modisco"
"$root/modisco/bin/pip" install modisco-lite==3.0.0

python3 -m venv "$root/universalmotif"
"$root/universalmotif/bin/pip" install universalmotif==0.3.0

python3 -m venv "$root/gkmsvm"
"$root/gkmsvm/bin/pip" install gkmsvm-lite==0.1.0

python3 -m venv "$root/inmotifin"   # makes planted sets
"$root/inmotifin/bin/pip" install inMOTIFin==4.1.1

cd "$root/glam2"                    # Debian's package, unpacked without installing it
apt-get download glam2 libfftw3-double3
for package in ./*.deb; do dpkg -x "$package" .; done
