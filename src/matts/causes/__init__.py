"""Which sensors are to blame for an alert."""
