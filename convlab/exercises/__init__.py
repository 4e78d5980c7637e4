"""The four verbs of an exercise, and what judges an answer without falling over it.

What belongs here tries answers, compares results, says what is wrong and keeps a learner's
progress. It may import `solutions`, which knows what is right.
"""

from convlab.exercises.verbs import ExerciseError, check, hint, progress, solution

__all__ = ["ExerciseError", "check", "hint", "progress", "solution"]
