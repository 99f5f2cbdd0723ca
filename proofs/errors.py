"""Why a certificate is not accepted."""

__all__ = ["CertificateError", "Malformed", "Refuted"]


class CertificateError(Exception):
    """A certificate that is not accepted."""


class Malformed(CertificateError, ValueError):
    """Not a certificate: truncated, of another format, of shapes that do not fit, or absurdly large."""


class Refuted(CertificateError, AssertionError):
    """A well-formed certificate whose statement does not follow from its evidence."""
