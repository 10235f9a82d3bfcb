"""The kill harness: programs that keep and acknowledge, and are killed at random moments."""
