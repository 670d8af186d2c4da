"""What can go wrong with shapes and engines.

ShapesError
├── ProfileUnknown       no profile or level of this name
├── ShapesRefused        an engine cannot compile a shapes graph
└── RunFailed            an engine could not finish a validation
"""


class ShapesError(Exception):
    """Root of everything that this package raises."""


class ProfileUnknown(ShapesError):
    """No profile has this name, or it has no such level."""

    def __init__(self, profile: str, level: str | None = None) -> None:
        what = f"profile {profile!r}" if level is None else f"level {level!r} in profile {profile!r}"
        super().__init__(f"no {what}")
        self.profile = profile
        self.level = level


class ShapesRefused(ShapesError):
    """An engine cannot compile a shapes graph; the text is the engine's reason."""


class RunFailed(ShapesError):
    """An engine could not finish a validation; the text is the engine's reason."""
