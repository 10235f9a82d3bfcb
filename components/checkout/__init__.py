"""A checkout: a form of several steps whose fields are checked beside them, and a payment that may fail and is never made twice.

Its chart is in `steps.py`, the bank that it pays at in `bank.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from actorweb import ActorContext, Behavior, JsonObject, MessagePlan, Snapshot, define_behavior
from actorweb.page import Template, define_element, each, html, on
from components.charting import STYLE, chart
from components.checkout.bank import Bank
from components.checkout.steps import ADDRESS, CARD, NAMES, PRICE, Again, Back, Field, Next, Order, OrderPaid, Pay, Typed, chart_of_checkout, of


def number(_: Pay, actor: ActorContext[JsonObject, Bank]) -> MessagePlan[JsonObject] | None:
    """Give the order its number before it is paid for the first time. The chart has no dice: the actor has."""
    context = actor.context
    if not actor.snapshot.can({"type": "Pay"}):
        return None
    return MessagePlan(context={**context, "order": context["order"] or actor.new_id()}, transition={"type": "Pay"})


def checkout_with(bank: Bank) -> Behavior[Typed | Next | Back | Pay | Again, JsonObject]:
    """Give the behavior with a bank of its own."""
    return define_behavior("checkout").with_dependencies(bank).with_machine(chart_of_checkout).on(Pay, number).build()


checkout = checkout_with(Bank())


TITLES = {
    "address": ("Step 1 of 3", "Address"),
    "card": ("Step 2 of 3", "Card"),
    "review": ("Step 3 of 3", "Review"),
    "paying": ("Step 3 of 3", "Paying …"),
    "refused": ("Step 3 of 3", "Not paid"),
    "confirmed": ("Done", "Thank you"),
}


def step_of(snapshot: Snapshot[JsonObject]) -> str:
    return next(name for name in TITLES if snapshot.matches(f"steps.{name}"))


def entry(shown: tuple[Field, str, str]) -> Template:
    """Show a field with its label, its hint, and what is wrong with it."""
    given, text, problem = shown
    return html(
        """<div class="field">
             <label for={id}>{label}</label>
             <input id={id} name={name} .value={text} autocomplete={autocomplete} inputmode={mode} aria-invalid={invalid} aria-describedby={described}
               @input={typed}>
             <span class="hint" id={hint_id}>{hint}</span>
             <span class="problem" id={problem_id}>{problem}</span>
           </div>""",
        id=f"f-{given.name}",
        label=given.label,
        name=given.name,
        text=text,
        autocomplete=given.autocomplete,
        mode=given.mode,
        invalid="true" if problem else "false",
        described=f"h-{given.name} p-{given.name}",
        typed=on(Typed, field="target.name", text="target.value"),
        hint_id=f"h-{given.name}",
        hint=given.hint,
        problem_id=f"p-{given.name}",
        problem=problem,
    )


def shown(given: Field, order: Order) -> tuple[Field, str, str]:
    """Give a field with what was typed into it, and with what is wrong with that: not before somebody was there."""
    return given, order.typed.get(given.name, ""), order.problems.get(given.name, "") if given.name in order.typed else ""


def part(name: str, fields: tuple[Field, ...], snapshot: Snapshot[JsonObject], order: Order) -> Template:
    """Show one part of the form. Its fields stay in the document when another step is shown, so nothing that was typed is lost."""
    words = {"checking": "Checking …", "fine": "✓ in order"}
    return html(
        "<fieldset ?hidden={hidden}><legend>{legend} <span class='check'>{words}</span></legend>{fields}</fieldset>",
        hidden=step_of(snapshot) != name,
        legend=TITLES[name][1],
        words=next((said for state, said in words.items() if snapshot.matches(f"{name}.{state}")), ""),
        fields=each([shown(given, order) for given in fields], key=lambda shown: shown[0].name, view=entry),
    )


def summary(order: Order, step: str) -> Template | None:
    """Show what is ordered, where to, and how it is paid; then what became of it."""
    if step in ("address", "card"):
        return None
    typed = order.typed
    outcome = {
        "refused": html("<p class='refused' role='alert'>{why}</p>", why=order.refused),
        "confirmed": html("<p>It is paid, once. Your receipt: <strong class='receipt'>{receipt}</strong></p>", receipt=order.receipt),
    }.get(step)
    return html(
        """<dl><dt>One chart, framed</dt><dd>{price} €</dd><dt>To</dt><dd>{to}</dd><dt>By card</dt><dd>…{card}</dd>{number}</dl>{outcome}""",
        price=PRICE,
        to=", ".join(typed.get(each.name, "") for each in ADDRESS),
        card=typed.get("number", "")[-4:],
        number=html("<dt>Order</dt><dd class='order'>{order}</dd>", order=order.order) if order.order else None,
        outcome=outcome,
    )


def ways(snapshot: Snapshot[JsonObject], step: str) -> Template:
    """Show where one can go from here. The buttons are the same ones in each step, so the focus stays where it is."""
    words = {"review": f"Pay {PRICE} €", "paying": "Paying …", "refused": "Try again", "confirmed": "Another order"}
    is_open = step != "paying" and (step not in NAMES or snapshot.matches(f"{step}.fine"))
    return html(
        """<div class="row"><button class={kind} type="submit" aria-disabled={busy}>{words}</button>
           <button type="button" ?hidden={nowhere} @click={back}>Back</button></div>""",
        kind="main" if is_open else "main not-yet",
        busy="true" if step == "paying" else "false",
        words=words.get(step, "Go on"),
        nowhere=not snapshot.can({"type": "Back"}),
        back=Back(),
    )


def status(order: Order, snapshot: Snapshot[JsonObject], step: str) -> str:
    faults = [name for name in NAMES.get(step, ()) if name in order.typed and name in order.problems]
    if snapshot.matches(f"{step}.faulty") and faults:
        return f"{len(faults)} {'field is' if len(faults) == 1 else 'fields are'} not in order."
    return TITLES[step][1]


FORWARD: Mapping[str, Pay | Again] = {"review": Pay(), "refused": Pay(), "paying": Pay(), "confirmed": Again()}


def view(snapshot: Snapshot[JsonObject]) -> Template:
    order, step = of(snapshot.context), step_of(snapshot)
    place = TITLES[step][0]
    return html(
        """
        <div class="beside">
          <form novalidate aria-label="Checkout" @submit.prevent={forward}>
            <p class="title" role="status"><span class="place">{place}</span> <strong>{status}</strong></p>
            {address}{card}{summary}{ways}
            <p class="note">Nothing leaves this page and nothing is charged: the bank is a few lines of Python. Reload it whenever you like.</p>
          </form>
          <details open><summary>Its chart, live</summary>{chart}</details>
        </div>
        """,
        forward=FORWARD.get(step, Next()),
        place=place,
        status=status(order, snapshot, step),
        address=part("address", ADDRESS, snapshot, order),
        card=part("card", CARD, snapshot, order),
        summary=summary(order, step),
        ways=ways(snapshot, step),
        chart=chart(chart_of_checkout, snapshot),
    )


checkout_element = (
    define_element("aw-checkout")
    .with_behavior(checkout)
    .with_attribute("name", str, default="")
    .with_store(key=lambda attributes: f"checkout/{attributes['name']}" if attributes["name"] else None)
    .with_property("order", str, read=lambda snapshot: of(snapshot.context).order)
    .with_event(OrderPaid)
    .with_view(view)
    .with_style(STYLE)
    .with_style("""
        form { display: grid; gap: .8rem; min-width: 0 }
        [hidden] { display: none !important }
        .title { margin: 0; font-size: 1.05em }
        .place { color: light-dark(#55536b, #b3b1c8); margin-inline-end: .4em }
        fieldset { display: grid; gap: .8rem; margin: 0; padding: .8rem; min-width: 0; border: 1px solid light-dark(#b9b6cf, #55536b); border-radius: .7rem }
        legend { padding: 0 .4em; font-weight: 600 }
        .check { font-weight: 400; font-size: .85em; color: light-dark(#0b5c3b, #86e0b4) }
        .field { display: grid; gap: .2rem }
        .hint, .note { font-size: .85em; color: light-dark(#55536b, #b3b1c8) }
        .note { margin: 0 }
        input { width: 100%; box-sizing: border-box; font: inherit; color: inherit; background: transparent; padding: .45em .6em; border: 1px solid currentColor;
                border-radius: .5em }
        input[aria-invalid="true"] { border-color: light-dark(#b00020, #ff8a9b); border-width: 2px }
        .problem { font-size: .85em; color: light-dark(#b00020, #ff8a9b) }
        .problem:empty { display: none }
        .problem::before { content: "⚠ " / "" }
        dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem .9rem; margin: 0 }
        dt { color: light-dark(#55536b, #b3b1c8) }
        dd { margin: 0; overflow-wrap: anywhere }
        .order, .receipt { font-family: ui-monospace, monospace }
        .refused { margin: .8rem 0 0; padding: .5rem .7rem; border: 2px solid light-dark(#b00020, #ff8a9b); border-radius: .5rem }
        .refused::before { content: "⚠ " / "" }
        .row { display: flex; flex-wrap: wrap; gap: .5rem }
        .main { font-weight: 600; background: light-dark(#3730a3, #b4b0ff); color: light-dark(#ffffff, #14141b); border-color: transparent }
        .not-yet { background: transparent; color: inherit; border-color: currentColor; border-style: dashed; font-weight: 400 }
        :host(:state(busy)) .main { animation: busy 1s ease-in-out infinite alternate }
        @keyframes busy { to { border-color: transparent } }
        button { font: inherit; padding: .45em 1em; border: 1px solid currentColor; border-radius: .5em; background: transparent; color: inherit; cursor: pointer }
        button:focus-visible, input:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
        @media (prefers-reduced-motion: reduce) { :host(:state(busy)) .main { animation: none } }
    """)
    .build()
)
