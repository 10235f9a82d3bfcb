"""A component that is another one in a page than on its server, as after half an upgrade."""

from __future__ import annotations

import sys

from actorweb import define_behavior
from actorweb.page import define_element, html

differing = define_behavior("differing").with_context(0).build()
differing_element = (
    define_element("e2e-differs")
    .with_behavior(differing)
    .with_view(lambda snapshot: html("<p>{n}</p>", n=snapshot.context))
    .with_style(f"/* {sys.platform} */")
    .build()
)
