"""From alerts to alarms that an operator can live with (ISA-18.2). No clock, no web."""
