"""A search field: debounced input, an async task, and answers that come too late are not shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from actorweb import ActorContext, Behavior, Cancel, MessagePlan, Request, Snapshot, Task, define_behavior, message
from actorweb.page import Template, define_element, each, html, on

Source = Callable[[str], Awaitable[tuple[str, ...]]]
"""Where the answers come from: a dependency, so that a test gives another."""


@message
class Query:
    text: str


@message
class Found:
    query: str
    results: tuple[str, ...]


@message
class Failed:
    query: str
    reason: str


@message
class Retry: ...


@message
class GetState(Request[str]):
    """Asks whether the search is empty, loading, found or failed."""


@dataclass(frozen=True, slots=True)
class Search:
    query: str = ""
    results: tuple[str, ...] = ()
    state: str = "empty"
    reason: str = ""


WORDS = (
    "actor ask behavior binding bridge cell child clock codec command context crash down element event frame history host inbox journal kernel link "
    "machine mailbox manifest message migration mode monitor name plan port probe queue ref registry reply report request restart run shutdown signal "
    "slot snapshot spawn stash store supervisor system task tell template timer topic trace transaction turn upgrade version watch world"
).split()


async def glossary(query: str) -> tuple[str, ...]:
    """Look a word up, slowly: as a server would."""
    await asyncio.sleep(0.25)
    if query == "fail":
        raise ConnectionError("the glossary cannot be reached")
    return tuple(word for word in WORDS if query in word)


Actor = ActorContext[Search, Source]


def search_for(text: str, actor: Actor) -> MessagePlan[Search]:
    if not text:
        return MessagePlan(context=Search(), schedule=[Cancel("search")])
    return MessagePlan(
        context=replace(actor.context, query=text, state="loading"),
        run=[
            Task(
                partial(actor.dependencies, text),
                on_done=lambda results: Found(text, results),
                on_error=lambda error: Failed(text, str(error) or type(error).__name__),
                key="search",  # a new search cancels the one before
            )
        ],
    )


def found(message: Found, actor: Actor) -> Search | None:
    if message.query != actor.context.query:
        return None  # the answer to a question that nobody asks any more
    return replace(actor.context, results=message.results, state="found", reason="")


def failed(message: Failed, actor: Actor) -> Search | None:
    if message.query != actor.context.query:
        return None
    return replace(actor.context, results=(), state="failed", reason=message.reason)


def search_with(source: Source) -> Behavior[Query | Retry | Found | Failed | GetState, Search]:
    """Give the behavior with a source of its own."""
    return (
        define_behavior("search")
        .with_dependencies(source)
        .with_context(Search())
        .on(Query, lambda message, actor: search_for(message.text.strip().lower(), actor))
        .on(Retry, lambda message, actor: search_for(actor.context.query, actor))
        .on(Found, found)
        .on(Failed, failed)
        .on(GetState, lambda message, actor: MessagePlan(reply=actor.context.state))
        .build()
    )


search = search_with(glossary)


def view(snapshot: Snapshot[Search]) -> Template:
    context = snapshot.context
    words = {
        "empty": "Type a part of one of our words. “fail” fails.",
        "loading": "Looking it up …",
        "found": f"{len(context.results)} found for “{context.query}”" if context.results else f"Nothing found for “{context.query}”",
        "failed": f"Failed: {context.reason}",
    }[context.state]
    return html(
        """
        <input type="search" aria-label="Search our words" placeholder="Search our words" autocomplete="off" @input.debounce(200)={typed}>
        <p role="status" class={state}>{words} {retry}</p>
        <ul aria-label="Results">{results}</ul>
        """,
        typed=on(Query, text="target.value"),
        state=context.state,
        words=words,
        retry=html("<button @click={retry}>Try again</button>", retry=Retry()) if context.state == "failed" else None,
        results=each(context.results, key=lambda word: word, view=lambda word: html("<li>{word}</li>", word=word)),
    )


search_element = (
    define_element("aw-search")
    .with_behavior(search)
    .with_property("results", tuple[str, ...], read=lambda snapshot: snapshot.context.results)
    .with_view(view)
    .with_style("""
        :host { display: block; font: inherit; color: inherit }
        input { width: 100%; box-sizing: border-box; font: inherit; color: inherit; background: transparent; padding: .5em; border: 1px solid currentColor;
                border-radius: .5em }
        p { margin: .5rem 0; min-height: 1.6em }
        .failed { font-weight: 600 }
        ul { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem; margin: 0; padding: 0 }
        li { padding: .15em .6em; border: 1px solid currentColor; border-radius: 1em }
        button { font: inherit; font-size: .85em; padding: .3em .6em; border: 1px solid currentColor; border-radius: .5em; background: transparent;
                 color: inherit; cursor: pointer }
        button:focus-visible, input:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
    """)
    .build()
)
