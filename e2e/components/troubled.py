"""Elements that go wrong when a test asks them to, and one that holds whatever a test puts into it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actorweb import MessagePlan, Snapshot, define_behavior, message
from actorweb.page import Template, define_element, each, html


@message
class Explode:
    why: str = "boom"


@message
class Spoil: ...


@message
class Add: ...


@message
class SetStep:
    value: int


@message
class SetRatio:
    value: float


@message
class Put:
    """Puts a text into every position of the view."""

    text: str


@message
class Arrange:
    rows: tuple[str, ...]
    picked: str = ""
    extra: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    count: int = 0
    step: int = 1
    ratio: float = 0.5
    spoilt: bool = False


def explode(message: Explode, _: object) -> State:
    raise ZeroDivisionError(message.why)


troubled = (
    define_behavior("troubled")
    .with_context(State())
    .on(Explode, explode)
    .on(Spoil, lambda _, actor: replace(actor.context, spoilt=True))
    .on(Add, lambda _, actor: replace(actor.context, count=actor.context.count + actor.context.step))
    .on(SetStep, lambda message, actor: replace(actor.context, step=message.value))
    .on(SetRatio, lambda message, actor: replace(actor.context, ratio=message.value))
    .build()
)


def troubled_view(snapshot: Snapshot[State]) -> Template:
    if snapshot.context.spoilt:
        raise LookupError("this cannot be shown")
    return html(
        "<button id='add' @click={add}>{count}</button><button id='explode' @click={explode}>explode</button>",
        add=Add(),
        count=snapshot.context.count,
        explode=Explode("clicked"),
    )


troubled_element = (
    define_element("e2e-troubled")
    .with_behavior(troubled)
    .with_attribute("step", int, default=1, reflect=True, message=SetStep)
    .with_attribute("ratio", float, default=0.5, message=SetRatio)
    .with_property("count", int, read=lambda snapshot: snapshot.context.count)
    .with_view(troubled_view)
    .build()
)

hostile = define_behavior("hostile").with_context("").on(Put, lambda message, _: message.text).build()


def hostile_view(snapshot: Snapshot[str]) -> Template:
    text = snapshot.context
    return html(
        """
        <p id="text">{text}</p>
        <p id="attribute" title={text} class="a {text} b" data-x='{text}' data-y={text}>-</p>
        <a id="href" href={text}>-</a><a id="part" href="/path/{text}">-</a><img id="src" alt="" src={text}>
        <form action={text}><button id="formaction" formaction={text}>-</button></form>
        <input id="value" .value={text}><option id="property" .text={text}></option>
        <ul>{rows}</ul><p id="list">{several}</p><textarea id="area" .value={text}></textarea>
        """,
        text=text,
        rows=each([text], key=lambda item: item, view=lambda item: html("<li title={t}>{t}</li>", t=item)),
        several=[text, html("<i>{t}</i>", t=text)],
    )


hostile_element = define_element("e2e-hostile").with_behavior(hostile).with_view(hostile_view).build()

arranged = define_behavior("arranged").with_context(Arrange(())).on(Arrange, lambda message, _: MessagePlan(context=message)).build()


def arranged_view(snapshot: Snapshot[Arrange]) -> Template:
    context = snapshot.context
    rows = [(text, text == context.picked) for text in context.rows]
    extra = context.extra
    return html(
        "<h1 class={c}>{n}</h1><ul>{rows}</ul><p ?hidden={none}>{extra}</p>{tail}",
        c="many" if len(rows) > 2 else None,
        n=len(rows),
        rows=each(
            rows,
            key=lambda row: row[0],
            view=lambda row: html("<li><b>{t}</b></li>", t=row[0]) if row[1] else html("<li class={k} @click={e}>{t}</li>", k=extra, e=Put(row[0]), t=row[0]),
        ),
        none=extra is None,
        extra=None if extra is None else html("<em title={x}>{x}</em>", x=extra),
        tail=[html("<i>{t}</i>", t=text) if at % 2 else text for at, text in enumerate(context.rows[:3])],
    )


arranged_element = define_element("e2e-arranged").with_behavior(arranged).with_view(arranged_view).build()
