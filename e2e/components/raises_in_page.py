"""A component that a server can import and a page cannot."""

from __future__ import annotations

import sys

from actorweb import define_behavior
from actorweb.page import define_element, html

if sys.platform == "emscripten":
    raise RuntimeError("this component does not like pages")

plain = define_behavior("plain").with_context(0).build()
plain_element = define_element("e2e-plain").with_behavior(plain).with_view(lambda snapshot: html("<p>{n}</p>", n=snapshot.context)).build()
