"""What crosses boundaries: messages, snapshots and their JSON."""
