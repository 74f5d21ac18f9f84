"""Real-time web-log analytics: one pipeline, one definition of every number, two tiers."""

__version__ = "0.1.0"
