import { create } from '@bufbuild/protobuf';
import { AppError, hasCode } from '../errors/app-error.js';
import * as health from '../gen/grpc/health/v1/health_pb.js';
import * as core from '../gen/macp/v1/core_pb.js';
import * as policy from '../gen/macp/v1/policy_pb.js';
import type { RuntimeCalls } from './runtime-calls.client.js';
import type { RuntimeConnection } from './runtime-connection.client.js';
import type {
  ManifestDescription,
  ModeDescription,
  PolicyDescription,
  RuntimeDescription,
} from './runtime-provider.interface.js';
import { incomplete, toDescription, toManifest, toModeDescription, toPolicy } from './wire-mapping.js';

/** How long the health service may take. */
export const HEALTH_DEADLINE_MS = 3_000;
export const PROTOCOL_VERSION = '1.0';
/** A well-formed id that no runtime gives out. */
const PROBE_SESSION_ID = '00000000-0000-4000-8000-000000000000';
const RPC = core.MACPRuntimeService.method;
const UNKNOWN_POLICY: ReadonlySet<string> = new Set(['RESOURCE_NOT_FOUND', 'UNKNOWN_POLICY_VERSION']);

/** What a runtime says about itself: version, modes, policies, health. */
export class RuntimeCatalogue {
  private description: RuntimeDescription | undefined;

  constructor(
    private readonly connection: RuntimeConnection,
    private readonly calls: RuntimeCalls,
  ) {}

  /** Asked once per connection: whoever answers after a reconnect may be another version. */
  async initialize(signal?: AbortSignal): Promise<RuntimeDescription> {
    if (this.description !== undefined) return this.description;
    const told = toDescription(await this.introduce(signal));
    const probed = await this.probeSuspend(signal);
    const description = probed === undefined ? told : { ...told, capabilities: { ...told.capabilities, probed } };
    const connected = this.connection.onceDisconnected(() => (this.description = undefined));
    if (connected) this.description = description;
    return description;
  }

  async getManifest(signal?: AbortSignal): Promise<ManifestDescription> {
    const answer = await this.calls.open(RPC.getManifest, create(core.GetManifestRequestSchema), signal);
    if (answer.manifest === undefined) throw incomplete('GetManifest', 'manifest');
    return toManifest(answer.manifest);
  }

  async listModes(signal?: AbortSignal): Promise<readonly ModeDescription[]> {
    const standard = await this.calls.open(RPC.listModes, create(core.ListModesRequestSchema), signal);
    const extension = await this.extensionModes(signal);
    return [...standard.modes.map((mode) => toModeDescription(mode, false)), ...extension];
  }

  async listRoots(signal?: AbortSignal): Promise<readonly { readonly uri: string; readonly name: string }[]> {
    const answer = await this.calls.open(RPC.listRoots, create(core.ListRootsRequestSchema), signal);
    return answer.roots.map(({ uri, name }) => ({ uri, name }));
  }

  async findPolicy(policyId: string, signal?: AbortSignal): Promise<PolicyDescription | undefined> {
    const request = create(policy.GetPolicyRequestSchema, { policyId });
    try {
      const answer = await this.calls.own(RPC.getPolicy, request, signal);
      return answer.policyDescriptor === undefined ? undefined : toPolicy(answer.policyDescriptor);
    } catch (error) {
      if (error instanceof AppError && UNKNOWN_POLICY.has(error.code)) return undefined;
      throw error;
    }
  }

  async listPolicies(mode: string, signal?: AbortSignal): Promise<readonly PolicyDescription[]> {
    const request = create(policy.ListPoliciesRequestSchema, { mode });
    const answer = await this.calls.own(RPC.listPolicies, request, signal);
    return answer.descriptors.map(toPolicy);
  }

  async health(signal?: AbortSignal): Promise<{ readonly ok: boolean; readonly detail?: string }> {
    try {
      const status = await this.servingStatus(signal);
      if (status === health.HealthCheckResponse_ServingStatus.SERVING) return { ok: true };
      return { ok: false, detail: `the health service says ${health.HealthCheckResponse_ServingStatus[status]}` };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : 'aborted' };
    }
  }

  /** The cheapest call there is, for what the circuit makes of its end. While the circuit's pause lasts, nothing is sent. */
  async probe(signal?: AbortSignal): Promise<void> {
    await this.introduce(signal).catch(() => undefined);
  }

  private introduce(signal: AbortSignal | undefined): Promise<core.InitializeResponse> {
    const request = create(core.InitializeRequestSchema, {
      supportedProtocolVersions: [PROTOCOL_VERSION],
      clientInfo: { name: 'macp-control-plane', title: 'MACP Control Plane' },
    });
    return this.calls.open(RPC.initialize, request, signal);
  }

  private async extensionModes(signal: AbortSignal | undefined): Promise<readonly ModeDescription[]> {
    try {
      const answer = await this.calls.open(RPC.listExtModes, create(core.ListExtModesRequestSchema), signal);
      return answer.modes.map((mode) => toModeDescription(mode, true));
    } catch (error) {
      if (hasCode(error, 'RUNTIME_UNIMPLEMENTED')) return [];
      throw error;
    }
  }

  /** Of the runtime's service, or of the server as a whole where the service is not listed. */
  private async servingStatus(signal: AbortSignal | undefined): Promise<health.HealthCheckResponse_ServingStatus> {
    const check = async (service: string) => {
      const request = create(health.HealthCheckRequestSchema, { service });
      return (await this.calls.open(health.Health.method.check, request, signal, HEALTH_DEADLINE_MS)).status;
    };
    try {
      return await check(core.MACPRuntimeService.typeName);
    } catch (error) {
      if (hasCode(error, 'RESOURCE_NOT_FOUND')) return check('');
      throw error;
    }
  }

  /** Suspending has no capability flag: the call is tried on a session that cannot exist. undefined = not told. */
  private async probeSuspend(signal: AbortSignal | undefined): Promise<{ suspendSession: boolean } | undefined> {
    const request = create(core.SuspendSessionRequestSchema, { sessionId: PROBE_SESSION_ID });
    try {
      await this.calls.about(RPC.suspendSession, request, undefined, signal);
      return undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof AppError)) return undefined;
      if (error.code === 'SESSION_NOT_FOUND') return { suspendSession: true };
      return error.code === 'RUNTIME_UNIMPLEMENTED' ? { suspendSession: false } : undefined;
    }
  }
}
