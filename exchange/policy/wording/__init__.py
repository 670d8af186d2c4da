"""Policies in the words of people, Japanese and English: names, values, verbs, conditions, sentences."""
