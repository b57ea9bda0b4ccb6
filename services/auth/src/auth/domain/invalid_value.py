"""The one error of a value that breaks a rule of the domain."""


class InvalidValueError(ValueError):
    """A value breaks a rule; `field` names it, the text says what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
