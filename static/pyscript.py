"""All that a PyScript page adds: `mount()`."""

from actorweb.page import mount
from components.counter import counter_element

mount(counter_element)
