"""Processes of this machine that commands share work among: none outlives the command, and a dead one is replaced."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn, ParamSpec, TypeVar

ATTEMPTS = 2
"""Processes that may die of one call. The first may have died of what others took of the memory."""

GRACE_SECONDS = 5
"""How long a process may clean up before it is killed."""

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

Parameters = ParamSpec("Parameters")
Value = TypeVar("Value")


class WorkerDied(RuntimeError):
    """A process ended within a call; the message says how."""


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=2)


@contextmanager
def spawned(count: int, tell: Callable[[str], None] = _warn) -> Iterator[Workers]:
    """So many fresh processes. When the block is left they end, with all that they started, whatever they are doing.

    `tell` is told, from any thread, how a process died whose call is made again.
    """
    workers = Workers(count, tell)
    try:
        yield workers
    finally:
        workers.end()


class Workers:
    """Processes that calls are submitted to; each does one at a time."""

    def __init__(self, count: int, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._threads = ThreadPoolExecutor(count)
        self._lock = threading.Lock()
        self._living: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._ended = False

    def submit(
        self, function: Callable[Parameters, Value], *arguments: Parameters.args, **_: Parameters.kwargs
    ) -> Future[Value]:
        """Calls `function`, which must be picklable as all else; where its process dies, once more in another.

        The future raises what the function does, and WorkerDied where every process died.
        """
        return self._threads.submit(self._call, function, *arguments)

    def _call(self, function: Callable[..., Value], *arguments: Any) -> Value:
        for attempt in range(ATTEMPTS):
            worker = self._take()
            try:
                succeeded, value = worker.call(function, arguments)
            except WorkerDied as error:
                with self._lock:
                    self._living.discard(worker)
                if self._ended or attempt + 1 == ATTEMPTS:
                    raise
                self._tell(f"{error}; what it did is done again")
                continue
            with self._lock:
                self._idle.append(worker)
            if succeeded:
                return value  # type: ignore[no-any-return]
            raise value
        raise AssertionError

    def _take(self) -> _Worker:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        worker = _Worker()
        with self._lock:
            self._living.add(worker)
            ended = self._ended
        if ended:
            worker.tell_to_end()
            worker.end()
            raise WorkerDied("the command ends")
        return worker

    def end(self) -> None:
        """Ends all processes; calls that are under way raise WorkerDied, and those that wait never begin."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._ended = True
            living = list(self._living)
        for worker in living:
            worker.tell_to_end()
        for worker in living:
            worker.end()
        self._threads.shutdown()


class _Worker:
    """One fresh process at the head of a group of its own, to which all belong that it starts."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self._ending = threading.Lock()
        theirs.close()

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
        """Whether the call went well, and its value or exception. Raises WorkerDied."""
        try:
            self._connection.send((function, arguments))
            reply: tuple[bool, Any] = self._connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            self.end()
            raise WorkerDied(_cause(self._process.exitcode)) from error
        return reply

    def tell_to_end(self) -> None:
        """Lets the process, and all that it started, clean up and end."""
        if self._process.pid is not None:
            _signal_group(self._process.pid, signal.SIGTERM)

    def end(self) -> None:
        """Kills what has not ended after some seconds."""
        with self._ending:
            self._process.join(GRACE_SECONDS)
            if self._process.pid is not None:
                _signal_group(self._process.pid, KILL)
            self._process.join()


def _signal_group(leader: int, number: int) -> None:
    """Sends a signal to a process and to its group, where it leads one."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(leader, number)
    with suppress(OSError):  # one that leads none yet
        os.kill(leader, number)


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
        why = ", as the system does where memory runs out" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{why}"
    return f"its process ended with exit code {code}"


def _serve(connection: Connection) -> None:
    """What a process does: calls, until there are no more or its parent is gone."""
    with suppress(AttributeError, OSError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, _exit)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            function, arguments = connection.recv()
            connection.send_bytes(_reply(function, arguments))


def _exit(*_: Any) -> NoReturn:
    signal.signal(
        signal.SIGTERM, signal.SIG_IGN
    )  # a process and its group are told: twice while it ends says nothing new
    raise SystemExit(128 + signal.SIGTERM)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        _signal_group(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        _signal_group(os.getpid(), KILL)


def _reply(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """Whether the call went well, and its value or exception, pickled."""
    try:
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)).rstrip())
        try:
            reply = pickle.dumps((False, error))
            pickle.loads(reply)
        except Exception:  # one whose constructor takes other things than it was made of
            reply = pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return reply
