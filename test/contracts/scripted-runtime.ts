import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type UntypedHandleCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { toServiceDefinition } from '../../src/embedded-runtime/grpc-service.js';
import { Health } from '../../src/gen/grpc/health/v1/health_pb.js';
import {
  MACPRuntimeService,
  type StreamSessionRequest,
  type StreamSessionResponse,
} from '../../src/gen/macp/v1/core_pb.js';

export type SessionCall = ServerDuplexStream<StreamSessionRequest, StreamSessionResponse>;
export type UnaryScript = (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => void;

export interface ScriptedRuntime {
  readonly address: string;
  stop(): void;
}

/** A runtime that says exactly what a test wants; calls without a script are UNIMPLEMENTED. */
export async function scriptedRuntime(script: {
  readonly unary?: Readonly<Record<string, UnaryScript>>;
  readonly streamSession?: (call: SessionCall) => void;
  readonly health?: UnaryScript;
}): Promise<ScriptedRuntime> {
  const server = new Server();
  const calls: Record<string, UntypedHandleCall> = { ...script.unary };
  if (script.streamSession !== undefined) calls['streamSession'] = script.streamSession;
  server.addService(toServiceDefinition(MACPRuntimeService), calls);
  if (script.health !== undefined) server.addService(toServiceDefinition(Health), { check: script.health });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

/** A listener that accepts connections and never says a word. */
export async function muteServer(): Promise<ScriptedRuntime> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Stands before a runtime and can stop to pass anything on, as a dead network does, without closing. */
export async function proxyTo(address: string): Promise<ScriptedRuntime & { freeze(): void }> {
  const [host, port] = address.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
