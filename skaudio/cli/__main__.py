"""``python -m skaudio.cli``: the command, by the interpreter at hand."""

from skaudio.cli import main

if __name__ == "__main__":
    main()
