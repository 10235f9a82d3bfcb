"""One of each control. Its actor takes what it likes, and lets the test see what it heard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorweb import ActorContext, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, html, on


@message
class Typed:
    text: str


@message
class Digits:
    text: str


@message
class Searched:
    text: str


@message
class Toggled: ...


@message
class Refused: ...


@message
class Chosen:
    value: str


@message
class Pressed: ...


@dataclass(frozen=True, slots=True)
class Form:
    text: str = ""
    digits: str = ""
    search: str = ""
    on: bool = False
    heard: tuple[str, ...] = ()


def heard(actor: ActorContext[Form], what: str) -> Form:
    return replace(actor.context, heard=(*actor.context.heard, what))


form = (
    define_behavior("form")
    .with_context(Form())
    .on(Typed, lambda message, actor: replace(heard(actor, f"typed {message.text}"), text=message.text.upper()))
    .on(Digits, lambda message, actor: replace(actor.context, digits=message.text) if message.text.isdigit() or not message.text else None)
    .on(Searched, lambda message, actor: replace(heard(actor, f"searched {message.text}"), search=message.text.strip()))
    .on(Toggled, lambda _, actor: replace(heard(actor, "toggled"), on=not actor.context.on))
    .on(Refused, lambda _, __: None)
    .on(Chosen, lambda _, __: None)
    .on(Pressed, lambda _, actor: heard(actor, "pressed"))
    .build()
)


def view(snapshot: Snapshot[Form]) -> Template:
    context = snapshot.context
    return html(
        """
        <input id="text" .value={text} @input={typed}>
        <input id="digits" .value={digits} @input={digit}>
        <input id="search" .value={search} @input.debounce(100000)={searched}>
        <input id="on" type="checkbox" .checked={on} @change={toggled}>
        <input id="off" type="checkbox" .checked={off} @change={refused}>
        <input id="a" type="radio" name="r" .checked={a} @change={refused}>
        <input id="b" type="radio" name="r" .checked={b} @change={refused}>
        <select id="select" .value={first} @change={chosen}><option>first</option><option>second</option></select>
        <button @click={pressed}>press</button>
        """,
        text=context.text,
        digits=context.digits,
        search=context.search,
        on=context.on,
        off=False,
        a=True,
        b=False,
        first="first",
        typed=on(Typed, text="target.value"),
        digit=on(Digits, text="target.value"),
        searched=on(Searched, text="target.value"),
        toggled=Toggled(),
        refused=Refused(),
        chosen=on(Chosen, value="target.value"),
        pressed=Pressed(),
    )


controls_element = define_element("e2e-controls").with_behavior(form).with_view(view).build()
