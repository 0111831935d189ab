"""``python -m sparling_cli``."""

from sparling_cli.main import main

if __name__ == "__main__":
    main()
