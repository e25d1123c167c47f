import { create } from '@bufbuild/protobuf';
import type { ServerWritableStream } from '@grpc/grpc-js';
import * as core from '../gen/macp/v1/core_pb.js';
import * as policy from '../gen/macp/v1/policy_pb.js';
import { HealthCheckResponseSchema, type HealthCheckResponse } from '../gen/grpc/health/v1/health_pb.js';
import { toLifecycleEvent } from './answers.js';
import { GRPC, type GrpcCode } from './errors.js';
import { Outbox } from './outbox.stream.js';
import { toDescriptor } from './policy-descriptor.js';
import type { RuntimeService } from './runtime.service.js';
import type { Session } from './session.js';
import type { HealthTopic } from './health.js';

type WatchCall<T> = ServerWritableStream<unknown, T>;

interface Watch<T> {
  readonly first: Iterable<T, undefined>;
  readonly lagMax: number;
  readonly syncLagMax?: number;
  /** How a reader that falls behind is told. */
  readonly lagStatus: GrpcCode;
  readonly subscribe: (push: (item: T) => void) => () => void;
}

/** Serves one watch call until it is cancelled, closed or too slow; returns how to end it from our side. */
function serve<T>(call: WatchCall<T>, watch: Watch<T>): (code: GrpcCode, details: string) => void {
  const end = (code: GrpcCode, details: string): void => {
    release();
    if (code === GRPC.OK) call.end();
    else call.emit('error', { code, details });
  };
  const outbox = new Outbox<T>(call, watch.first[Symbol.iterator](), {
    lagMax: watch.lagMax,
    ...(watch.syncLagMax === undefined ? {} : { syncLagMax: watch.syncLagMax }),
    onLag: () => end(watch.lagStatus, 'the stream has fallen behind'),
  });
  const unsubscribe = watch.subscribe((item) => outbox.push(item));
  const release = (): void => {
    unsubscribe();
    outbox.close();
  };
  call.on('cancelled', release);
  call.on('close', release);
  return end;
}

export type EndCall = (code: GrpcCode, details: string) => void;

export function watchSessions(runtime: RuntimeService, call: WatchCall<core.WatchSessionsResponse>): EndCall {
  const { watchSessionsLagMax, watchSessionsSyncLagMax } = runtime.limits;
  return serve(call, {
    first: createdEvents([...runtime.sessions.all()]),
    lagMax: watchSessionsLagMax,
    syncLagMax: watchSessionsSyncLagMax,
    lagStatus: GRPC.RESOURCE_EXHAUSTED,
    subscribe: (push) =>
      runtime.lifecycle.subscribe(({ kind, session, at }) =>
        push(create(core.WatchSessionsResponseSchema, { event: toLifecycleEvent(kind, session, at) })),
      ),
  });
}

/** Made one by one as the reader takes them. */
function* createdEvents(sessions: readonly Session[]): Generator<core.WatchSessionsResponse, undefined> {
  for (const session of sessions) {
    yield create(core.WatchSessionsResponseSchema, { event: toLifecycleEvent('CREATED', session, session.startedAt) });
  }
  return undefined;
}

export function watchSignals(runtime: RuntimeService, call: WatchCall<core.WatchSignalsResponse>): EndCall {
  return serve(call, {
    first: [],
    lagMax: runtime.limits.watchSignalsLagMax,
    lagStatus: GRPC.RESOURCE_EXHAUSTED,
    subscribe: (push) =>
      runtime.signals.subscribe((envelope) => push(create(core.WatchSignalsResponseSchema, { envelope }))),
  });
}

export function watchModeRegistry(runtime: RuntimeService, call: WatchCall<core.WatchModeRegistryResponse>): EndCall {
  const change = (at: number): core.WatchModeRegistryResponse =>
    create(core.WatchModeRegistryResponseSchema, { change: { registry: 'modes', observedAtUnixMs: BigInt(at) } });
  return serve(call, {
    first: [change(runtime.now())],
    lagMax: runtime.limits.watchRegistryLagMax,
    lagStatus: GRPC.OK,
    subscribe: (push) => runtime.modeChanges.subscribe((at) => push(change(at))),
  });
}

export function watchPolicies(runtime: RuntimeService, call: WatchCall<policy.WatchPoliciesResponse>): EndCall {
  const list = (at: number): policy.WatchPoliciesResponse =>
    create(policy.WatchPoliciesResponseSchema, {
      descriptors: runtime.policies.list().map(toDescriptor),
      observedAtUnixMs: BigInt(at),
    });
  return serve(call, {
    first: [list(runtime.now())],
    lagMax: runtime.limits.watchRegistryLagMax,
    lagStatus: GRPC.OK,
    subscribe: (push) => runtime.policyChanges.subscribe((at) => push(list(at))),
  });
}

/** Roots never change; the stream says so once and stays open. */
export function watchRoots(runtime: RuntimeService, call: WatchCall<core.WatchRootsResponse>): EndCall {
  const change = { observedAtUnixMs: BigInt(runtime.now()) };
  return serve(call, {
    first: [create(core.WatchRootsResponseSchema, { change })],
    lagMax: runtime.limits.watchRegistryLagMax,
    lagStatus: GRPC.OK,
    subscribe: () => () => undefined,
  });
}

export function watchHealth(health: HealthTopic, service: string, call: WatchCall<HealthCheckResponse>): EndCall {
  const answer = (): HealthCheckResponse => create(HealthCheckResponseSchema, { status: health.statusOf(service) });
  return serve(call, {
    first: [answer()],
    lagMax: 1,
    lagStatus: GRPC.OK,
    subscribe: (push) => health.changes.subscribe(() => push(answer())),
  });
}
