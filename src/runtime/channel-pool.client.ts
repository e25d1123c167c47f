import { Client, connectivityState, credentials, type ChannelCredentials, type ClientOptions } from '@grpc/grpc-js';
import { AppError } from '../errors/app-error.js';

/** Streams on one connection. A runtime takes 128; the rest is room for streams that are being replaced. */
export const STREAMS_PER_CHANNEL_MAX = 100;
/** Connections for streams; beyond it a new stream is refused with RUNTIME_UNAVAILABLE. */
export const STREAM_CHANNELS_MAX = 64;
/** A silent connection is probed this often, so that a dead peer is noticed without traffic. */
export const KEEPALIVE_TIME_MS = 30_000;
/** An unanswered probe ends the connection after this time. */
export const KEEPALIVE_TIMEOUT_MS = 10_000;
/** Largest answer. One page of session metadata may hold 100 × 1000 participants, twice. */
export const RECEIVE_BYTES_MAX = 64 * 1024 * 1024;
/**
 * What a runtime may send ahead, per stream and per connection. HTTP/2's own 64 KiB let one event-loop turn take in
 * some 58 envelopes of 1 KiB for all streams of a connection together; a stream that nobody reads holds this much.
 */
export const FLOW_WINDOW_BYTES = 1024 * 1024;
/** gRPC's own reconnecting of a channel; the callers' waits between attempts are in link.ts. */
const CHANNEL_BACKOFF_MS_MIN = 250;
const CHANNEL_BACKOFF_MS_MAX = 5_000;

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/;

export interface RuntimeTls {
  /** PEM; undefined = the system's authorities. */
  readonly ca?: Buffer | undefined;
  /** PEM, for mutual TLS. */
  readonly clientKey?: Buffer | undefined;
  readonly clientCert?: Buffer | undefined;
  /** Name expected in the certificate, when it differs from the address. */
  readonly serverName?: string | undefined;
}

export interface ChannelSettings {
  /** host:port */
  readonly address: string;
  /** undefined = plaintext HTTP/2. */
  readonly tls?: RuntimeTls | undefined;
  readonly streamsPerChannelMax: number;
  readonly streamChannelsMax: number;
  readonly keepaliveTimeMs: number;
  readonly keepaliveTimeoutMs: number;
}

/** A place for one stream on some connection. */
export interface StreamLease {
  readonly client: Client;
  /** Gives the place back; a connection without streams is closed. Idempotent. */
  release(): void;
}

interface StreamChannel {
  readonly client: Client;
  streams: number;
}

/**
 * One connection for unary calls and as many for streams as their number asks for. Each is a connection of its own,
 * because channels to one address would otherwise share theirs and with it the runtime's limit of streams.
 */
export class ChannelPool {
  private readonly channels = new Set<StreamChannel>();
  private readonly calls = new Set<{ cancel(): void }>();
  private control: Client | undefined;
  private closed = false;

  private readonly streamsPerChannelMax: number;
  private readonly streamChannelsMax: number;
  /** A closure, so that key material is not a property of anything that might be logged. */
  private readonly openClient: () => Client;

  constructor(settings: ChannelSettings) {
    this.streamsPerChannelMax = settings.streamsPerChannelMax;
    this.streamChannelsMax = settings.streamChannelsMax;
    const security = channelCredentials(settings.tls);
    const options = channelOptions(settings);
    const { address } = settings;
    this.openClient = () => new Client(address, security, options);
  }

  /** The connection for unary calls; opened at the first use. */
  unaryClient(): Client {
    this.assertOpen();
    this.control ??= this.openClient();
    return this.control;
  }

  /** Number of open stream connections, for tests and metrics. */
  get streamChannels(): number {
    return this.channels.size;
  }

  leaseStream(): StreamLease {
    this.assertOpen();
    const channel = this.channelWithRoom();
    channel.streams += 1;
    let held = true;
    return {
      client: channel.client,
      release: () => {
        if (!held) return;
        held = false;
        channel.streams -= 1;
        if (channel.streams === 0) this.drop(channel);
      },
    };
  }

  /** Registers a running call, so that close() can end it. Returns the way to forget it. */
  track(call: { cancel(): void }): () => void {
    this.calls.add(call);
    return () => this.calls.delete(call);
  }

  /** Ends all calls and connections; later uses throw SHUTTING_DOWN. */
  close(): void {
    this.closed = true;
    for (const call of [...this.calls]) call.cancel();
    for (const channel of [...this.channels]) this.drop(channel);
    this.control?.close();
    this.control = undefined;
  }

  private channelWithRoom(): StreamChannel {
    // The fullest first would need sorting; the oldest with room is enough to let the younger ones run empty.
    for (const channel of this.channels) {
      if (channel.streams < this.streamsPerChannelMax) return channel;
    }
    if (this.channels.size >= this.streamChannelsMax) {
      throw new AppError('RUNTIME_UNAVAILABLE', 'the limit of streams to this runtime is reached', {
        reason: 'STREAM_LIMIT',
        retryable: true,
        streamsMax: this.streamChannelsMax * this.streamsPerChannelMax,
      });
    }
    const channel = { client: this.openClient(), streams: 0 };
    this.channels.add(channel);
    return channel;
  }

  private drop(channel: StreamChannel): void {
    if (this.channels.delete(channel)) channel.client.close();
  }

  private assertOpen(): void {
    if (this.closed)
      throw new AppError('SHUTTING_DOWN', 'the connection to the runtime is closed', { retryable: false });
  }
}

export function isConnected(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) === connectivityState.READY;
}

/** Calls back once when the connection is lost or goes idle. */
export function onDisconnect(client: Client, callback: () => void): void {
  client.getChannel().watchConnectivityState(connectivityState.READY, Infinity, callback);
}

function channelCredentials(tls: RuntimeTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(tls.ca ?? null, tls.clientKey ?? null, tls.clientCert ?? null);
}

function channelOptions(settings: ChannelSettings): ClientOptions {
  const serverName = settings.tls?.serverName;
  return {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.keepalive_time_ms': settings.keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': settings.keepaliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': CHANNEL_BACKOFF_MS_MIN,
    'grpc.max_reconnect_backoff_ms': CHANNEL_BACKOFF_MS_MAX,
    'grpc.max_receive_message_length': RECEIVE_BYTES_MAX,
    'grpc-node.flow_control_window': FLOW_WINDOW_BYTES,
    // What is too large to send is for the runtime to say: its limit is a setting of its own.
    'grpc.max_send_message_length': -1,
    'grpc.service_config_disable_resolution': 1,
    // A proxy from the environment must not stand between this process and its own machine.
    ...(LOOPBACK.test(settings.address) ? { 'grpc.enable_http_proxy': 0 } : {}),
    ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
  };
}
