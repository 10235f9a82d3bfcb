"""Where the actors of a page run: a worker or the main thread of the page, or a PyScript tag."""
