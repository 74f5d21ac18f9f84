"""How many examples a property test draws."""

from hypothesis import settings

EVERY = 100
"""What a test's number is written for; a profile that draws less or more draws that share of every test's examples."""
_FEWEST = 2


def examples(number: int) -> settings:
    """Return the settings of a test that draws so many examples where `EVERY` are drawn."""
    return settings(max_examples=max(_FEWEST, number * settings().max_examples // EVERY))
