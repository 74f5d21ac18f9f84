"""What Python programs and notebooks use: a thin face over `query`."""
