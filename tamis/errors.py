"""What a command refuses."""


class BadInput(ValueError):
    """An input that is wrong; the text is one line that names it and says what is legal."""
