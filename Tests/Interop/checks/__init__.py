"""The checks that run.py runs, one module a subject."""
