"""Scores posts in a child process, so that neither the screen nor the room's loop ever waits for a model."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Sequence

import msgspec

from socialroom.domain.ports import Enrichment, Utterance
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import clean_line
from socialroom.domain.tone import ENGINE_LOST, OVER_BUDGET, Tone

_log = logging.getLogger("socialroom.scoring")
BATCH = 300
LONGEST = 4_000  # characters of a post that travel to the child; it scores at most 2,000 of them
WHY = 160  # characters of the words that speak for a stance
LONGEST_LINE = 64_000  # bytes of what the child prints without a line's end
START_WITHIN = 60.0  # seconds for a child to load its models on a busy machine
_TO_US = (PostKind.MENTION, PostKind.REPLY, PostKind.COMMENT, PostKind.MESSAGE, PostKind.REVIEW)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds before a dead child is started again


class ScoringChild:
    """All enrichers of the room behind a process, started by the first posts or by `warm`.

    Args:
        languages: the room's languages (ISO 639-1).
        tone: what `[room] tone` says: "accurate" asks for the encoder of the extra.
        budget: seconds a batch of at most 300 posts may take; beyond it the child is killed and started anew. The encoder
            needs up to 2 for long posts on a quiet machine.
    """

    def __init__(self, languages: Sequence[str], *, tone: str = "base", budget: float | None = None) -> None:
        self._arguments = (tone, *languages)
        self._budget = (20.0 if tone == "accurate" else 5.0) if budget is None else budget
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None  # to what it prints
        self._turn = asyncio.Lock()
        self._pause, self._not_before = FIRST_PAUSE, 0.0
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(list[Enrichment])

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def warm(self) -> None:
        """Starts the child, so that the first posts need not wait."""
        async with self._turn:
            await self._ready()

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        """The same posts, in order, with language and tone; one without says why in `tone.reason`."""
        result = list(posts)
        waiting = [i for i, post in enumerate(result) if post.tone is None or post.tone.missing]
        for start in range(0, len(waiting), BATCH):
            places = waiting[start : start + BATCH]
            async with self._turn:
                found = await self._ask([_utterance(result[i]) for i in places])
            for i, enrichment in zip(places, found, strict=True):
                stance = enrichment.stance
                result[i] = result[i].changed(
                    language=enrichment.language or result[i].language,
                    tone=enrichment.tone or result[i].tone,
                    stance=stance.label if stance is not None else result[i].stance,
                    stance_why=clean_line(", ".join(stance.words), WHY) if stance is not None else result[i].stance_why,
                )
        return result

    async def aclose(self) -> None:
        """Ends the child."""
        async with self._turn:
            await self._end()

    async def _ask(self, batch: list[Utterance]) -> list[Enrichment]:
        """One batch. When there is no answer the batch comes back unscored and the child is gone."""
        if not await self._ready():
            return _unscored(batch, ENGINE_LOST)
        try:
            async with asyncio.timeout(self._budget):
                found = self._decoder.decode(await self._exchange(self._encoder.encode(batch)))
        except TimeoutError:
            await self._end()
            return _unscored(batch, OVER_BUDGET)
        except (OSError, asyncio.IncompleteReadError, msgspec.MsgspecError):
            await self._lost()
            return _unscored(batch, ENGINE_LOST)
        except BaseException:  # cancelled between question and answer: the next answer would be the wrong one
            await self._end()
            raise
        if len(found) != len(batch):
            await self._lost()
            return _unscored(batch, ENGINE_LOST)
        self._pause = FIRST_PAUSE
        return found

    async def _exchange(self, body: bytes) -> bytes:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.write(len(body).to_bytes(4, "big") + body)
        await process.stdin.drain()
        return await _frame(process)

    async def _ready(self) -> bool:
        """Whether a child runs; starts one unless the last died a moment ago."""
        if self._process is not None:
            if self._process.returncode is None:
                return True
            await self._lost()
        if asyncio.get_running_loop().time() < self._not_before:
            return False
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "socialroom.engine.scoring_child", *self._arguments,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # Ctrl+C in the terminal is not meant for it
            )  # fmt: skip
            self._listening = asyncio.create_task(_log_what_it_says(self._process))
            async with asyncio.timeout(START_WITHIN):
                await _frame(self._process)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            await self._lost()
            return False
        except BaseException:
            await self._end()
            raise
        return True

    async def _lost(self) -> None:
        """The child died by itself: wait longer each time before the next one."""
        await self._end()
        self._not_before = asyncio.get_running_loop().time() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        if process.stdout is not None:
            with contextlib.suppress(OSError):
                await process.stdout.read()
        await process.wait()
        if self._listening is not None:
            await self._listening


async def _frame(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    head = await process.stdout.readexactly(4)
    return await process.stdout.readexactly(int.from_bytes(head, "big"))


async def _log_what_it_says(process: asyncio.subprocess.Process) -> None:
    """Each line that the child or a library in it prints, until it ends."""
    assert process.stderr is not None
    rest = b""
    while block := await process.stderr.read(LONGEST_LINE):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        for line in lines:
            _log_line(line)
    _log_line(rest)


def _log_line(line: bytes) -> None:
    said = clean_line(line.decode("utf-8", "replace"), 500)
    if said.strip():
        _log.warning("%s", said)


def _utterance(post: Post) -> Utterance:
    text = f"{post.title}\n{post.text}" if post.title else post.text
    return Utterance(
        text=text[:LONGEST],
        claimed_language=post.claimed_language,
        language=post.language,
        to_us=post.kind in _TO_US,
    )


def _unscored(batch: Sequence[Utterance], reason: str) -> list[Enrichment]:
    return [Enrichment(tone=Tone(reason=reason)) for _ in batch]
