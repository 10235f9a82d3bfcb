"""What a developer starts from the command line."""
