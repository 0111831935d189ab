"""Readers of users' files under broken and hostile input.

readers          each reader with small valid files of its format, and what must hold of any file at all
mutations        valid files with bytes, lines and fields changed (hypothesis)
coverage_guided  the same readers under Atheris, an environment of its own: CONTRIBUTING.md has the command
"""
