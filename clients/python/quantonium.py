#!/usr/bin/env python3
"""Client of a Quantonium server, in one file and without dependencies (Python 3.9 or newer).

    from quantonium import Client

    client = Client("https://quantum.example.org", token="…")
    result = client.run("OPENQASM 2.0; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;", shots=1000)
    result.counts                                  # {'00': 495, '11': 505}

Bit strings are read as Qiskit's: the rightmost character is classical bit 0, the first register stands rightmost.
Address and token may come from the environment: QUANTONIUM_URL, QUANTONIUM_TOKEN (an access token or an API key).

As a program it runs a file:  QUANTONIUM_TOKEN=… python3 quantonium.py bell.qasm --shots 1000
"""
from __future__ import annotations

import argparse
import base64
import json
import os
import re
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Callable, Iterator, Mapping, Optional, Sequence, Union

__version__ = "0.1.0"
__all__ = ["Client", "Job", "JobFailed", "QuantoniumError", "Result"]

_REFERENCE = re.compile(r"[^\s@]+@sha(?:256|512):[0-9a-f]+")
_PROBLEM = "urn:quantonium:problem:"
_FINAL = {"succeeded", "failed", "cancelled"}
_PASSING = {429, 502, 503, 504}
"""Too busy, or not there: the same call may be answered later."""
_RETRIES_MAX = 3
_WAIT_MAX = 60
"""Seconds for which the server may be asked to wait with its answer."""
_PAUSE = 0.25
"""Seconds before it is asked again, where events ended before the simulation."""

Json = Any
Progress = Callable[[float], None]


class QuantoniumError(Exception):
    """A call that the server refused or could not serve.

    code         what to decide by, such as 'invalid-program'; None if the answer was not the server's own
    status       of HTTP
    errors       what is wrong with which field: a list of {'pointer', 'code', 'detail', 'line', 'column'}
    retry_after  seconds before which the same call will be refused again, or None
    """

    def __init__(self, status: int, problem: Mapping[str, Json], retry_after: Optional[float] = None) -> None:
        kind = str(problem.get("type", ""))
        self.status = status
        self.code: Optional[str] = kind[len(_PROBLEM):] if kind.startswith(_PROBLEM) else None
        self.errors: Sequence[Mapping[str, Json]] = problem.get("errors", [])
        self.problem = problem
        self.retry_after = retry_after
        super().__init__(" ".join([problem.get("detail") or problem.get("title") or f"the server answered {status}", *map(_place, self.errors)]))


class JobFailed(Exception):
    """A simulation that ended without a result. `job.error` says why."""

    def __init__(self, job: "Job") -> None:
        self.job = job
        super().__init__(f"the simulation {job.id} is {job.status}: {(job.error or {}).get('detail', 'it was cancelled')}")


class Result:
    """What a simulation found. `raw` is the whole of it, as the server said it and as its digest covers it."""

    def __init__(self, raw: Mapping[str, Json]) -> None:
        self.raw = raw
        self.counts: Mapping[str, int] = dict(sorted(raw.get("counts", {}).items()))
        """How often each bit string was measured."""
        self.memory: Optional[Sequence[str]] = raw.get("memory")
        """The bit string of each shot, in order; None if it was not asked for."""
        self.expectations: Sequence[float] = raw.get("expectations", [])
        """In the order in which they were asked for, as the next two."""
        self.probabilities: Sequence[Mapping[str, float]] = [asked["values"] for asked in raw.get("probabilities", [])]
        self.density_matrices: Sequence[Sequence[Sequence[complex]]] = [
            [[complex(re_, im) for re_, im in row] for row in asked["matrix"]] for asked in raw.get("densityMatrices", [])
        ]
        self.shots: int = raw["shots"]
        self.seed: int = raw["seed"]
        self.method: str = raw["method"]
        self.digest: str = raw["digest"]

    @property
    def statevector(self) -> Optional[Sequence[complex]]:
        """All amplitudes; bit j of an index is qubit j. None if they were not asked for."""
        held = self.raw.get("statevector")
        if held is None:
            return None
        numbers = struct.iter_unpack("<dd", base64.b64decode(held["base64"]))
        return [complex(re_, im) for re_, im in numbers]

    def __repr__(self) -> str:
        return f"Result(counts={dict(self.counts)!r}, method={self.method!r})"


class Job:
    """One simulation as the server last told of it. `refresh` and `wait` ask again."""

    def __init__(self, client: "Client", raw: Mapping[str, Json]) -> None:
        self._client = client
        self.raw = raw

    id = property(lambda self: self.raw["id"])
    status = property(lambda self: self.raw["status"])
    progress = property(lambda self: self.raw["progress"])
    error = property(lambda self: self.raw.get("error"))
    done = property(lambda self: self.status in _FINAL)

    def refresh(self) -> "Job":
        self.raw = self._client.request("GET", self._path)
        return self

    def wait(self, timeout: Optional[float] = None, on_progress: Optional[Progress] = None) -> "Job":
        """Returns when it has ended. TimeoutError after `timeout` seconds: the simulation goes on."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.done:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(f"the simulation {self.id} is {self.status}")
            for news in self._client.events(self.id, left):
                self.raw = {**self.raw, **news}
                if on_progress is not None:
                    on_progress(self.progress)
                if deadline is not None and time.monotonic() > deadline:
                    break
            if not self.refresh().done:
                time.sleep(_PAUSE)
        if on_progress is not None:
            on_progress(self.progress)
        return self

    def result(self, timeout: Optional[float] = None, on_progress: Optional[Progress] = None) -> Result:
        """Waits for the end. JobFailed if there is no result."""
        self.wait(timeout, on_progress)
        if self.status != "succeeded":
            raise JobFailed(self)
        embedded = self.raw.get("result")
        return Result(embedded if embedded is not None else self._client.request("GET", f"{self._path}/result"))

    def cancel(self) -> "Job":
        self.raw = self._client.request("POST", f"{self._path}/cancel")
        return self

    def receipt(self, timeout: float = 30) -> str:
        """The proof that its end stands in the ledger, for `npm run verify-receipt`."""
        deadline = time.monotonic() + timeout
        while True:
            receipt = self._client.request("GET", f"{self._path}/receipt")
            if receipt is not None:
                return receipt
            if time.monotonic() > deadline:
                raise TimeoutError("the entry is not yet under a checkpoint")
            time.sleep(0.5)

    def push(self, repository: str, tag: Optional[str] = None) -> Mapping[str, Json]:
        """To the server's registry: result, receipt and drawing, about the circuit, whose digest is the answer's ["subject"]["digest"]."""
        self.receipt()
        return self._client.request("POST", f"{self._path}/artifacts", {"repository": repository, **({} if tag is None else {"tag": tag})})

    def drawing(self) -> str:
        """The circuit, in characters."""
        return self._client.request("GET", f"{self._path}/circuit", headers={"Accept": "text/plain"})

    @property
    def _path(self) -> str:
        return f"/v1/simulations/{self.id}"

    def __repr__(self) -> str:
        return f"Job(id={self.id!r}, status={self.status!r}, progress={self.progress:.0%})"


class Client:
    """One server. `timeout` is how long an answer may take, in seconds."""

    def __init__(self, url: Optional[str] = None, token: Optional[str] = None, timeout: float = 30) -> None:
        self.url = (url or os.environ.get("QUANTONIUM_URL", "http://localhost:3000")).rstrip("/")
        self.timeout = timeout
        self._token = token or os.environ.get("QUANTONIUM_TOKEN")

    def login(self, username: str, password: str) -> "Client":
        """For people at a prompt; programs have an API key or a service account."""
        self._token = self.request("POST", "/v1/auth/login", {"username": username, "password": password})["access_token"]
        return self

    def run(self, source: str, shots: int = 1024, *, timeout: Optional[float] = None, on_progress: Optional[Progress] = None, **options: Json) -> Result:
        """Submits a circuit and waits for its result. The options are those of `submit`."""
        return self.submit(source, shots, prefer_wait=_WAIT_MAX if timeout is None else timeout, **options).result(timeout, on_progress)

    def submit(
        self,
        source: str,
        shots: int = 1024,
        *,
        language: Optional[str] = None,
        seed: Optional[int] = None,
        parameters: Optional[Mapping[str, Union[float, bool, str]]] = None,
        method: Optional[str] = None,
        precision: Optional[str] = None,
        outputs: Optional[Sequence[Json]] = None,
        noise: Optional[Mapping[str, Json]] = None,
        project: Optional[str] = None,
        name: Optional[str] = None,
        prefer_wait: float = 0,
        **members: Json,
    ) -> Job:
        """Submits a circuit; further members of the request are sent as they are.

        source       OpenQASM, or the reference of a circuit in the server's registry: 'default/circuits/bell@sha256:…'
        language     'openqasm2' or 'openqasm3'; read off the header if absent
        prefer_wait  seconds for which the server may wait for the end with its answer
        """
        if _REFERENCE.fullmatch(source):
            program = {"reference": source, **({} if language is None else {"language": language})}
        else:
            program = {"language": language or _language_of(source), "source": source}
        wanted = {
            "seed": seed, "parameters": parameters, "method": method, "precision": precision,
            "outputs": outputs, "noise": noise, "project": project, "name": name, **members,
        }
        body = {"program": program, "shots": shots, **{key: value for key, value in wanted.items() if value is not None}}
        seconds = int(min(prefer_wait, _WAIT_MAX))
        headers = {"Idempotency-Key": str(uuid.uuid4()), **({"Prefer": f"wait={seconds}"} if seconds > 0 else {})}
        return Job(self, self.request("POST", "/v1/simulations", body, headers, timeout=self.timeout + seconds))

    def job(self, id: str) -> Job:
        return Job(self, self.request("GET", f"/v1/simulations/{id}"))

    def jobs(self) -> Iterator[Job]:
        """Newest first, page by page as they are asked for."""
        page: Optional[str] = "/v1/simulations"
        while page is not None:
            answer = self.request("GET", page)
            yield from (Job(self, raw) for raw in answer["items"])
            page = answer["next"]

    def events(self, id: str, timeout: Optional[float] = None) -> Iterator[Mapping[str, Json]]:
        """Status and progress of a simulation as they change, until its end."""
        wait = self.timeout if timeout is None else min(self.timeout, max(timeout, 0.1))
        try:
            with self._open("GET", f"/v1/simulations/{id}/events", None, {"Accept": "text/event-stream"}, wait) as answer:
                data: list[str] = []
                for raw in answer:
                    line = raw.decode("utf-8").rstrip("\r\n")
                    if line.startswith("data:"):
                        data.append(line[5:].removeprefix(" "))
                    elif line == "" and data:
                        yield json.loads("\n".join(data))
                        data = []
        except QuantoniumError as error:
            if error.status not in _PASSING:
                raise
        except (TimeoutError, urllib.error.URLError, ConnectionError):
            return

    def request(self, method: str, path: str, body: Json = None, headers: Optional[Mapping[str, str]] = None, timeout: Optional[float] = None) -> Json:
        """Any call of the API. JSON is parsed, another answer is a text, and None is one that is not there yet.

        A call that only reads, or that has an Idempotency-Key, is made again while the server is busy or away.
        """
        sent = dict(headers or {})
        repeats = _RETRIES_MAX if method == "GET" or "Idempotency-Key" in sent else 0
        for attempt in range(repeats + 1):
            wait = 0.2 * 2**attempt
            try:
                with self._open(method, path, body, sent, timeout or self.timeout) as answer:
                    content = answer.read()
                    kind = answer.headers.get_content_type()
                    if not content:
                        return None
                    return json.loads(content) if kind.endswith("json") else content.decode("utf-8")
            except QuantoniumError as error:
                if attempt == repeats or error.status not in _PASSING:
                    raise
                wait = error.retry_after or wait
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if attempt == repeats:
                    raise
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _open(self, method: str, path: str, body: Json, headers: Mapping[str, str], timeout: float) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(urllib.parse.urljoin(f"{self.url}/", path.lstrip("/")), data, dict(headers), method=method)
        request.add_header("User-Agent", f"quantonium-python/{__version__}")
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if self._token is not None:
            # Not sent along when the server says that it has moved: whoever answers there is somebody else.
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise QuantoniumError(error.code, _problem(error.read()), _seconds(error.headers.get("Retry-After"))) from None


def _language_of(source: str) -> str:
    return "openqasm3" if re.search(r"^\s*OPENQASM\s+3", source, re.MULTILINE) else "openqasm2"


def _place(error: Mapping[str, Json]) -> str:
    line = error.get("line")
    at = "" if line is None else f" (line {line}, column {error.get('column')})"
    return f"{error.get('pointer')}{at}: {error.get('detail') or error.get('code')}"


def _problem(content: bytes) -> Mapping[str, Json]:
    try:
        problem = json.loads(content)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _seconds(header: Optional[str]) -> Optional[float]:
    return float(header) if header is not None and header.isdigit() else None


def _main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Runs a circuit on a Quantonium server and prints its counts.", epilog="Address and token: QUANTONIUM_URL, QUANTONIUM_TOKEN.")
    parser.add_argument("program", help="a file in OpenQASM 2 or 3; - for standard input")
    parser.add_argument("--shots", type=int, default=1024)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--method")
    parser.add_argument("--draw", action="store_true", help="show the circuit too")
    given = parser.parse_args(arguments)
    on_progress = (lambda fraction: print(f"\r{fraction:4.0%}", end="", file=sys.stderr)) if sys.stderr.isatty() else None
    try:
        with sys.stdin if given.program == "-" else open(given.program, encoding="utf-8") as file:
            source = file.read()
        job = Client().submit(source, given.shots, seed=given.seed, method=given.method, prefer_wait=2)
        result = job.result(on_progress=on_progress)
        if given.draw:
            print(job.drawing())
    except (QuantoniumError, JobFailed, OSError) as error:
        print(f"quantonium: {error}", file=sys.stderr)
        return 1
    for outcome, count in sorted(result.counts.items(), key=lambda entry: -entry[1]):
        print(f"{outcome} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
