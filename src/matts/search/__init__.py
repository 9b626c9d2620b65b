"""Search for better settings: many trainings, judged on validation windows alone."""
