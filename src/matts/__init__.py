"""Find faults in industrial machines from their readings, name the fault, show the sensors."""

__version__ = "0.1.0"
