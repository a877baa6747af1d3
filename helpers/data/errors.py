"""One error for everything that can go wrong between a package and an array."""


class DataError(RuntimeError):
    """Data could not be had. The message is one paragraph that names the way out."""
