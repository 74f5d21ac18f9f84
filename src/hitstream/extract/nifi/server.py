"""A flow on a running NiFi, over its REST interface: deployed, updated, started, stopped, looked at."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from hitstream.clock import Clock, SystemClock
from hitstream.errors import ConfigError, HitstreamError, Retryable
from hitstream.extract.nifi.address import Nifi
from hitstream.extract.nifi.graph import Graph, ProcessorType

READY_SECONDS = 300.0
"""How long NiFi may take to make the processor's environment, which installs what it needs the first time."""

_FOUND_SECONDS = 30.0
_SCHEDULE_SECONDS = 120.0
_LOOK = 0.25
_RUNNING, _STOPPED = "RUNNING", "STOPPED"


class ProcessorStatus(NamedTuple):
    """A processor of the flow as it is."""

    name: str
    state: str
    """RUNNING, STOPPED or DISABLED."""
    problem: str
    """Why it cannot run, or what it complained of in the last minutes; empty where all is well."""
    queued: int
    """FlowFiles that wait for it."""
    done: int
    """FlowFiles that it took in the last five minutes."""

    @property
    def is_well(self) -> bool:
        """Tell whether it runs and does not complain."""
        return self.state == _RUNNING and not self.problem


class NifiFlow:
    """A flow on a NiFi, known by its name.

    Every method raises ConfigError where NiFi refuses, and Retryable where it does not answer; see also `NifiSession`.

    Args:
        nifi: where it is, and who logs in there.
        graph: the flow as it must be.
        clock: tells the time and waits.
    """

    def __init__(self, nifi: Nifi, graph: Graph, clock: Clock | None = None) -> None:
        self._nifi = nifi
        self._graph = graph
        self.name = graph.name
        self._clock = clock or SystemClock()

    def deploy(self, values: Mapping[str, str]) -> bool:
        """Make the flow, or bring the one there is to the graph; set its parameters; wait until it is valid.

        A flow that runs goes on running. Return whether it was made.

        Raises:
            ConfigError: NiFi lacks the processor, or what the flow needs.
        """
        with self._asked() as nifi:
            self._need_processors(nifi)
            group = self._group(nifi)
            if group is None:
                text = json.dumps(self._graph.definition(values))
                nifi.versioning.import_process_group_definition(nifi.canvas.get_root_pg_id(), text)
            else:
                self._replace(nifi, group)
            self._set(nifi, values)
            self._until(lambda: not self._invalid(nifi), lambda: self._refusal(nifi), READY_SECONDS)
        return group is None

    def start(self) -> None:
        """Start the flow, and wait until all of it runs.

        Raises:
            ConfigError: there is none, or a part of it is not valid.
        """
        with self._asked() as nifi:
            self._until(lambda: not self._invalid(nifi), lambda: self._refusal(nifi), READY_SECONDS)
            self._schedule(nifi, _RUNNING)

    def stop(self) -> None:
        """Stop the flow, and wait until what it does is done."""
        with self._asked() as nifi:
            self._schedule(nifi, _STOPPED)

    def remove(self) -> None:
        """Stop the flow and take it off, with what it remembers: how far each log was published."""
        with self._asked() as nifi:
            self._schedule(nifi, _STOPPED)
            context = self._context(nifi)
            nifi.canvas.delete_process_group(self._there(nifi), force=True)
            if context:
                nifi.parameters.delete_parameter_context(context)

    def status(self) -> list[ProcessorStatus]:
        """Return how the flow's processors are."""
        with self._asked() as nifi:
            group = self._there(nifi)
            queued: dict[str, int] = {}
            for link in nifi.canvas.list_all_connections(group.id):
                count = link.status.aggregate_snapshot.flow_files_queued
                queued[link.destination_id] = queued.get(link.destination_id, 0) + count
            return [self._part(row, queued) for row in nifi.canvas.list_all_processors(group.id)]

    def _part(self, row: Any, queued: Mapping[str, int]) -> ProcessorStatus:
        errors = row.component.validation_errors or []
        said = [each.bulletin.message for each in row.bulletins or [] if each.bulletin]
        problem = "; ".join(errors) or (said[-1] if said else "")
        done = row.status.aggregate_snapshot.flow_files_in or 0
        return ProcessorStatus(row.component.name, row.component.state, problem, queued.get(row.id, 0), done)

    def _group(self, nifi: Any) -> Any:
        groups = (
            nifi.canvas.get_process_group(nifi.canvas.get_root_pg_id(), "id") and nifi.canvas.list_all_process_groups()
        )
        mine = (group for group in groups if group.component and group.component.name == self.name)
        return next(mine, None)  # what belongs to another user has no component

    def _there(self, nifi: Any) -> Any:
        group = self._group(nifi)
        if group is None:
            raise ConfigError(f"{self._nifi} has no flow {self.name}.", "Make it: `hitstream nifi deploy DIRECTORY`.")
        return group

    def _need_processors(self, nifi: Any) -> None:
        """Wait until NiFi, which looks for processors in Python after its start, has all that the flow names."""
        missing = {node.kind for node in self._graph.nodes}

        def found() -> bool:
            for row in nifi.canvas.list_all_processor_types().processor_types:
                missing.difference_update([ProcessorType(row.type, row.bundle.artifact, row.bundle.version)])
            return not missing

        def refusal() -> HitstreamError:
            names = ", ".join(f"{kind.type} {kind.version}" for kind in missing)
            hint = "Copy deploy/nifi/extensions to its directory of Python extensions, and start it again."
            return ConfigError(f"{self._nifi} has no processor {names}.", hint)

        self._until(found, refusal, _FOUND_SECONDS)

    def _replace(self, nifi: Any, group: Any) -> None:
        """Bring a flow to the present definition, keeping what its processors remember."""
        api = nifi.nifi.ProcessGroupsApi()
        body = {
            "processGroupRevision": group.revision,
            "versionedFlowSnapshot": self._graph.definition(),
            "disconnectedNodeAcknowledged": False,
        }
        request = api.initiate_replace_process_group(body=body, id=group.id).request

        def done() -> bool:
            return bool(api.get_replace_process_group_request(request.request_id).request.complete)

        slow = Retryable(f"{self._nifi} does not end with updating the flow {self.name}.", "Try again.")
        try:
            self._until(done, lambda: slow, READY_SECONDS)
            failure = api.get_replace_process_group_request(request.request_id).request.failure_reason
        finally:
            api.delete_replace_process_group_request(request.request_id)
        if failure:
            raise ConfigError(f"{self._nifi} refuses to update the flow {self.name}: {failure}.")

    def _set(self, nifi: Any, values: Mapping[str, str]) -> None:
        context = self._context(nifi)
        there = {row.parameter.name: row.parameter.value or "" for row in context.component.parameters}
        changed = {key: value for key, value in values.items() if there.get(key) != value}
        if changed:
            context.component.parameters = [
                nifi.parameters.prepare_parameter(key, value) for key, value in changed.items()
            ]
            nifi.parameters.update_parameter_context(context)

    def _context(self, nifi: Any) -> Any:
        bound = self._there(nifi).component.parameter_context
        return bound and nifi.parameters.get_parameter_context(bound.id, "id")

    def _processors(self, nifi: Any) -> list[Any]:
        return list(nifi.canvas.list_all_processors(self._there(nifi).id))

    def _invalid(self, nifi: Any) -> dict[str, str]:
        found = (row.component for row in self._processors(nifi))
        return {
            row.name: "; ".join(row.validation_errors or [row.validation_status])
            for row in found
            if row.validation_status != "VALID"
        }

    def _refusal(self, nifi: Any) -> HitstreamError:
        wrong = "; ".join(f"{name}: {why}" for name, why in self._invalid(nifi).items())
        return ConfigError(
            f"The flow {self.name} on {self._nifi} is not valid: {wrong}.",
            "NiFi's log says more: `hitstream stack logs nifi`.",
        )

    def _schedule(self, nifi: Any, wanted: str) -> None:
        group = self._there(nifi).id
        body = nifi.nifi.ScheduleComponentsEntity(id=group, state=wanted)
        nifi.nifi.FlowApi().schedule_components(body=body, id=group)

        def reached() -> bool:
            rows = self._processors(nifi)
            busy = any(row.status.aggregate_snapshot.active_thread_count for row in rows)
            return all(row.component.state == wanted for row in rows) and (wanted == _RUNNING or not busy)

        slow = Retryable(f"{self._nifi} does not bring the flow {self.name} to {wanted}.", "Look at its log.")
        self._until(reached, lambda: slow, _SCHEDULE_SECONDS)

    def _until(self, condition: Callable[[], bool], problem: Callable[[], HitstreamError], seconds: float) -> None:
        end = self._clock.now() + seconds
        while not condition():
            if self._clock.now() > end:
                raise problem()
            self._clock.sleep(_LOOK)

    @contextmanager
    def _asked(self) -> Iterator[Any]:
        """Give NiFi's client, and turn its errors into ours."""
        try:
            import nipyapi
            from nipyapi.nifi.rest import ApiException

            from hitstream.extract.nifi.session import NifiSession, said
        except ImportError as error:
            raise ConfigError(
                f"NiFi's client is not installed: {error}.", "Install it: pip install 'hitstream[cluster]'."
            ) from error
        client = nipyapi.nifi.ApiClient(self._nifi.interface)
        client.rest_client.pool_manager = NifiSession(self._nifi)
        nipyapi.config.nifi_config.api_client = client
        try:
            yield nipyapi
        except (ApiException, ValueError) as error:
            raise ConfigError(f"{self._nifi} refuses: {said(getattr(error, 'body', None) or str(error))}.") from error
