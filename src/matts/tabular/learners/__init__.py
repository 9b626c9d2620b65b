"""What the zoo is made of: one file a library or a family, each fitting `lesson.Learner`."""
