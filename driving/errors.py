"""The error of bad input."""


class DataError(ValueError):
    """Input that cannot be used; the message is one line and names the path or the value.

    The command line prints it without a traceback.
    """
