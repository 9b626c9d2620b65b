"""How many readings are left until an asset fails."""
