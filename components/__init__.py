"""The gallery: each folder is one component, written as a user would write it."""
