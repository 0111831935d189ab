"""Recipes for public data: where a file lies, by what it is known, its licence, what to cite; and how it is fetched.

A recipe is a TOML file in ``recipes/``, named as the recipe is; a file added there is a recipe added.

recipe     `Recipe`, and the catalogue of all
cache      the folder of the data, and the receipt of what lies there
checksums  checksums of files and folders, and lists of them as providers publish them
download   a file from a server, gone on with where it was cut off, or from a folder
unpack     gzip and zip
fetch      from a recipe to a file in the cache; is it still the same
errors     `DataError`, and `Unreachable` where it is the server
"""
