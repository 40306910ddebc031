"""Assessment: composite index, score card, targets."""
