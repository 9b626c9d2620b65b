"""From readings, as they come, to what every detector says of them. No clock, no web."""
