"""A bank to play with: it is slow, declines some cards, is away at times, and books an order once however often it is asked."""

from __future__ import annotations

import asyncio


class Bank:
    """A card that ends in 0 is declined. For one that ends in 1 the bank is away when an order is tried for the first time."""

    def __init__(self, seconds: float = 2.0) -> None:
        self.seconds: float = seconds
        self.booked: dict[str, int] = {}
        self.tried: list[str] = []

    async def pay(self, order: str, number: str, amount: int) -> str:
        """Book an amount under an order number and give the receipt. An order that is booked already is not booked again."""
        self.tried.append(order)
        await asyncio.sleep(self.seconds)
        if number.endswith("0"):
            raise PermissionError("The card was declined.")
        if number.endswith("1") and self.tried.count(order) == 1:
            raise ConnectionError("The bank cannot be reached.")
        self.booked.setdefault(order, amount)
        return f"R-{order[:8].upper()}"
