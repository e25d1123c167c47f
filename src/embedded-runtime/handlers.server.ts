import { create, isMessage } from '@bufbuild/protobuf';
import {
  Metadata,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import {
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  type Health,
  type HealthCheckRequest,
} from '../gen/grpc/health/v1/health_pb.js';
import type { MACPRuntimeService, StreamSessionRequest, StreamSessionResponse } from '../gen/macp/v1/core_pb.js';
import { GRPC, StatusError, toStatus, type GrpcCode } from './errors.js';
import type { HealthTopic } from './health.js';
import type { Authenticator, Identity } from './identity.js';
import { RpcController, type Caller } from './rpc.controller.js';
import type { RuntimeService } from './runtime.service.js';
import { SessionStream } from './session.stream.js';
import {
  watchHealth,
  watchModeRegistry,
  watchPolicies,
  watchRoots,
  watchSessions,
  watchSignals,
  type EndCall,
} from './watch.stream.js';

/** A handler for every method of a service; a missing one does not compile. */
type MethodTable<S extends { method: object }> = Record<keyof S['method'], UntypedHandleCall>;

type WatchCall = ServerWritableStream<unknown, unknown>;

/** The seam between grpc-js and the rest: finds out who calls, turns what is thrown into a status, knows the open streams. */
export class CallHandlers {
  private readonly rpc: RpcController;
  private readonly open = new Set<EndCall>();

  constructor(
    private readonly runtime: RuntimeService,
    private readonly authenticator: Authenticator,
    private readonly health: HealthTopic,
    version: string,
  ) {
    this.rpc = new RpcController(runtime, version);
  }

  runtimeMethods(): MethodTable<typeof MACPRuntimeService> {
    const { rpc, runtime } = this;
    return {
      initialize: this.unary(rpc.initialize.bind(rpc)),
      send: this.unary(rpc.send.bind(rpc)),
      streamSession: this.sessionStream(),
      getSession: this.unary(rpc.getSession.bind(rpc)),
      cancelSession: this.unary(rpc.cancelSession.bind(rpc)),
      suspendSession: this.unary(rpc.suspendSession.bind(rpc)),
      resumeSession: this.unary(rpc.resumeSession.bind(rpc)),
      getManifest: this.unary(rpc.getManifest.bind(rpc)),
      listModes: this.unary(rpc.listModes.bind(rpc)),
      watchModeRegistry: this.watch((call) => watchModeRegistry(runtime, call)),
      listRoots: this.unary(rpc.listRoots.bind(rpc)),
      watchRoots: this.watch((call) => watchRoots(runtime, call)),
      listExtModes: this.unary(rpc.listExtModes.bind(rpc)),
      registerExtMode: this.unary(rpc.registerExtMode.bind(rpc)),
      unregisterExtMode: this.unary(rpc.unregisterExtMode.bind(rpc)),
      promoteMode: this.unary(rpc.promoteMode.bind(rpc)),
      watchSignals: this.watch((call) => watchSignals(runtime, call), 'identified'),
      listSessions: this.unary(rpc.listSessions.bind(rpc)),
      watchSessions: this.watch((call) => watchSessions(runtime, call), 'identified'),
      registerPolicy: this.unary(rpc.registerPolicy.bind(rpc)),
      unregisterPolicy: this.unary(rpc.unregisterPolicy.bind(rpc)),
      getPolicy: this.unary(rpc.getPolicy.bind(rpc)),
      listPolicies: this.unary(rpc.listPolicies.bind(rpc)),
      watchPolicies: this.watch((call) => watchPolicies(runtime, call)),
    };
  }

  healthMethods(): MethodTable<typeof Health> {
    const { health } = this;
    return {
      check: this.unary(({ service }: HealthCheckRequest) => {
        if (!health.knows(service)) throw new StatusError(GRPC.NOT_FOUND, 'unknown service');
        return create(HealthCheckResponseSchema, { status: health.statusOf(service) });
      }),
      watch: this.watch((call) => watchHealth(health, serviceOf(call.request), call)),
    };
  }

  /** Ends every open stream with this status. */
  endStreams(code: GrpcCode, details: string): void {
    for (const end of [...this.open]) end(code, details);
  }

  private unary<I, O>(handler: (request: I, caller: Caller) => O): handleUnaryCall<I, O> {
    return (call: ServerUnaryCall<I, O>, reply: sendUnaryData<O>): void => {
      try {
        reply(null, handler(call.request, this.callerOf(call.metadata)));
      } catch (error) {
        reply(toStatus(error));
      }
    };
  }

  private watch(open: (call: WatchCall) => EndCall, access: 'open' | 'identified' = 'open'): UntypedHandleCall {
    return (call: WatchCall): void => {
      try {
        if (access === 'identified') this.callerOf(call.metadata).require();
        call.sendMetadata(new Metadata());
        this.track(call, open(call));
      } catch (error) {
        call.emit('error', toStatus(error));
      }
    };
  }

  private sessionStream(): UntypedHandleCall {
    return (call: ServerDuplexStream<StreamSessionRequest, StreamSessionResponse>): void => {
      try {
        const identity = this.callerOf(call.metadata).require();
        call.sendMetadata(new Metadata());
        const stream = new SessionStream(call, this.runtime, identity);
        this.track(call, (code, details) => stream.finish(code, details));
      } catch (error) {
        call.emit('error', toStatus(error));
      }
    };
  }

  private track(call: { on(event: string, listener: () => void): unknown }, end: EndCall): void {
    this.open.add(end);
    const forget = (): void => {
      this.open.delete(end);
    };
    call.on('cancelled', forget);
    call.on('close', forget);
  }

  private callerOf(metadata: Metadata): Caller {
    const found = this.authenticator.identify({
      authorization: textOf(metadata, 'authorization'),
      token: textOf(metadata, 'x-macp-token'),
    });
    return {
      found,
      require(): Identity {
        if (!found) throw new StatusError(GRPC.UNAUTHENTICATED, 'Unauthenticated');
        return found;
      },
    };
  }
}

function serviceOf(request: unknown): string {
  return isMessage(request, HealthCheckRequestSchema) ? request.service : '';
}

function textOf(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}
