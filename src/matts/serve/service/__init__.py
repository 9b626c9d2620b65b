"""The service: a journal of all that came, and what follows from it."""
