"""A verifier of bundles, written from Protocol/ alone: nothing of the project is imported here."""
