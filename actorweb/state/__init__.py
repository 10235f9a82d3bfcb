"""Values over time: history, stores, and the actors that survive in them."""
