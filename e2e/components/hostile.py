"""One text in each position that a template has."""

from __future__ import annotations

from actorweb import Snapshot, define_behavior, message
from actorweb.page import Template, define_element, each, html


@message
class Say:
    text: str


hostile = define_behavior("hostile").with_context("").on(Say, lambda message, actor: message.text).build()


def view(snapshot: Snapshot[str]) -> Template:
    text = snapshot.context
    return html(
        """
        <p id="text">{text}</p>
        <p id="attribute" title={text} class="a {text} b" data-x="{text}">attribute</p>
        <a id="link" href={text}>link</a>
        <img id="image" alt="" src={text}>
        <form id="form" action={text}><button formaction={text}>send</button></form>
        <input id="property" aria-label="property" .value={text}>
        <textarea id="area" aria-label="area" .value={text}></textarea>
        <ul>{rows}</ul>
        """,
        text=text,
        rows=each([text] if text else [], key=lambda row: row, view=lambda row: html("<li title={row}>{row}</li>", row=row)),
    )


hostile_element = define_element("aw-hostile").with_behavior(hostile).with_view(view).build()
