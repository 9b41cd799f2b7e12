"""Checkpoints made fit for others: weights, card, and a page that says what they are."""
