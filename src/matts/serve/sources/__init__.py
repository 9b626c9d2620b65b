"""Where live readings come from: files, simulators, MQTT, OPC UA."""
