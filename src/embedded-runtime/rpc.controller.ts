import { create } from '@bufbuild/protobuf';
import * as core from '../gen/macp/v1/core_pb.js';
import type { Ack } from '../gen/macp/v1/envelope_pb.js';
import * as policy from '../gen/macp/v1/policy_pb.js';
import { capabilities, readPage, toAck, toModeDescription, toModeDescriptor, toPageToken } from './answers.js';
import { PROTOCOL_VERSION } from './envelope.js';
import { GRPC, StatusError } from './errors.js';
import type { Identity } from './identity.js';
import type { ControlAction } from './kernel.js';
import { toDefinition, toDescriptor } from './policy-descriptor.js';
import type { RuntimeService } from './runtime.service.js';
import { mayRead, toMetadata } from './session.js';

/** Who calls, as far as a handler cares to know. */
export interface Caller {
  /** Undefined = nobody we know. */
  readonly found: Identity | undefined;
  /** Throws UNAUTHENTICATED. */
  require(): Identity;
}

export const RUNTIME_NAME = 'macp-embedded-runtime';
const CONTENT_TYPE = 'application/macp-envelope+proto';

/** Every unary RPC: a request and a caller in, an answer out, or a StatusError. */
export class RpcController {
  constructor(
    private readonly runtime: RuntimeService,
    private readonly version: string,
  ) {}

  initialize({ supportedProtocolVersions: versions }: core.InitializeRequest): core.InitializeResponse {
    if (versions.length === 0) throw invalid('supported_protocol_versions must not be empty');
    if (!versions.includes(PROTOCOL_VERSION)) {
      throw new StatusError(
        GRPC.FAILED_PRECONDITION,
        `UNSUPPORTED_PROTOCOL_VERSION: this runtime speaks ${PROTOCOL_VERSION}`,
      );
    }
    return create(core.InitializeResponseSchema, {
      selectedProtocolVersion: PROTOCOL_VERSION,
      runtimeInfo: {
        name: RUNTIME_NAME,
        title: 'MACP Embedded Runtime',
        version: this.version,
        description: 'A MACP runtime for development, sandbox runs and tests.',
      },
      capabilities: capabilities(),
      supportedModes: this.runtime.modes.names(),
      instructions: 'Send each call with the header "authorization: Bearer <token>".',
    });
  }

  send({ envelope }: core.SendRequest, { found }: Caller): core.SendResponse {
    if (!envelope) throw invalid('the request carries no envelope');
    const refusal = this.runtime.admit(envelope, found);
    const outcome = refusal ?? (found ? this.runtime.submit(envelope, found) : undefined);
    if (!outcome) throw new StatusError(GRPC.INTERNAL, 'an envelope was admitted from nobody');
    return create(core.SendResponseSchema, { ack: toAck(outcome, envelope, this.runtime.now()) });
  }

  getSession({ sessionId }: core.GetSessionRequest, caller: Caller): core.GetSessionResponse {
    const identity = caller.require();
    const session = this.runtime.read(sessionId);
    if (!identity.isObserver && !mayRead(session, identity.sender)) {
      throw new StatusError(GRPC.PERMISSION_DENIED, 'FORBIDDEN: session access denied');
    }
    return create(core.GetSessionResponseSchema, { metadata: toMetadata(session) });
  }

  cancelSession(request: core.CancelSessionRequest, caller: Caller): core.CancelSessionResponse {
    return create(core.CancelSessionResponseSchema, this.control('cancel', request, caller));
  }

  suspendSession(request: core.SuspendSessionRequest, caller: Caller): core.SuspendSessionResponse {
    return create(core.SuspendSessionResponseSchema, this.control('suspend', request, caller));
  }

  resumeSession(request: core.ResumeSessionRequest, caller: Caller): core.ResumeSessionResponse {
    return create(core.ResumeSessionResponseSchema, this.control('resume', request, caller));
  }

  private control(
    action: ControlAction,
    { sessionId, reason }: { readonly sessionId: string; readonly reason: string },
    caller: Caller,
  ): { ack: Ack } {
    const outcome = this.runtime.control(action, sessionId, reason, caller.require());
    return { ack: toAck(outcome, { messageId: '', sessionId }, this.runtime.now()) };
  }

  getManifest({ agentId }: core.GetManifestRequest): core.GetManifestResponse {
    if (agentId !== '' && agentId !== RUNTIME_NAME) {
      throw new StatusError(GRPC.NOT_FOUND, `Agent '${agentId}' not found`);
    }
    return create(core.GetManifestResponseSchema, {
      manifest: {
        agentId: RUNTIME_NAME,
        title: 'MACP Embedded Runtime',
        description: 'Coordination runtime for MACP sessions.',
        supportedModes: this.runtime.modes.names(),
        inputContentTypes: [CONTENT_TYPE],
        outputContentTypes: [CONTENT_TYPE],
      },
    });
  }

  listModes(): core.ListModesResponse {
    return create(core.ListModesResponseSchema, { modes: this.runtime.modes.standard().map(toModeDescriptor) });
  }

  listExtModes(): core.ListExtModesResponse {
    return create(core.ListExtModesResponseSchema, { modes: this.runtime.modes.extensions().map(toModeDescriptor) });
  }

  listRoots(): core.ListRootsResponse {
    return create(core.ListRootsResponseSchema, {});
  }

  registerExtMode({ modeDescriptor }: core.RegisterExtModeRequest, caller: Caller): core.RegisterExtModeResponse {
    requireManager(caller);
    if (!modeDescriptor) throw invalid('the request carries no mode_descriptor');
    const error = this.runtime.registerMode(toModeDescription(modeDescriptor));
    return create(core.RegisterExtModeResponseSchema, toFlag(error));
  }

  unregisterExtMode({ mode }: core.UnregisterExtModeRequest, caller: Caller): core.UnregisterExtModeResponse {
    requireManager(caller);
    return create(core.UnregisterExtModeResponseSchema, toFlag(this.runtime.unregisterMode(mode)));
  }

  promoteMode({ mode, promotedModeName }: core.PromoteModeRequest, caller: Caller): core.PromoteModeResponse {
    requireManager(caller);
    const error = this.runtime.promoteMode(mode, promotedModeName);
    const name = promotedModeName === '' ? mode : promotedModeName;
    return create(core.PromoteModeResponseSchema, { ...toFlag(error), mode: error === undefined ? name : '' });
  }

  listSessions({ pageSize, pageToken }: core.ListSessionsRequest, caller: Caller): core.ListSessionsResponse {
    caller.require();
    const { pageSizeDefault, pageSizeMax } = this.runtime.limits;
    const { size, afterId } = readPage(pageSize, pageToken, pageSizeDefault, pageSizeMax);
    const { sessions, lastId } = this.runtime.sessions.page(afterId, size);
    return create(core.ListSessionsResponseSchema, {
      sessions: sessions.map(toMetadata),
      nextPageToken: lastId === undefined ? '' : toPageToken(lastId),
    });
  }

  registerPolicy(request: policy.RegisterPolicyRequest, caller: Caller): policy.RegisterPolicyResponse {
    requireManager(caller);
    if (!request.policyDescriptor) throw invalid('the request carries no policy_descriptor');
    const definition = toDefinition(request.policyDescriptor);
    const error = definition
      ? this.runtime.registerPolicy(definition)
      : 'INVALID_POLICY_DEFINITION: rules must be the text of a JSON object';
    return create(policy.RegisterPolicyResponseSchema, toFlag(error));
  }

  unregisterPolicy({ policyId }: policy.UnregisterPolicyRequest, caller: Caller): policy.UnregisterPolicyResponse {
    requireManager(caller);
    return create(policy.UnregisterPolicyResponseSchema, toFlag(this.runtime.unregisterPolicy(policyId)));
  }

  getPolicy({ policyId }: policy.GetPolicyRequest, caller: Caller): policy.GetPolicyResponse {
    caller.require();
    const found = this.runtime.policies.find(policyId);
    if (!found) throw new StatusError(GRPC.NOT_FOUND, `Policy '${policyId}' not found`);
    return create(policy.GetPolicyResponseSchema, { policyDescriptor: toDescriptor(found) });
  }

  listPolicies({ mode }: policy.ListPoliciesRequest, caller: Caller): policy.ListPoliciesResponse {
    caller.require();
    return create(policy.ListPoliciesResponseSchema, {
      descriptors: this.runtime.policies.list(mode).map(toDescriptor),
    });
  }
}

function requireManager(caller: Caller): void {
  if (!caller.require().canManageModeRegistry) {
    throw new StatusError(GRPC.PERMISSION_DENIED, 'FORBIDDEN: this identity may not manage the registries');
  }
}

function toFlag(error: string | undefined): { ok: boolean; error: string } {
  return { ok: error === undefined, error: error ?? '' };
}

function invalid(details: string): StatusError {
  return new StatusError(GRPC.INVALID_ARGUMENT, details);
}
