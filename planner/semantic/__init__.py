"""Semantic reasoning: a vision-language model reads the views and answers a question."""
