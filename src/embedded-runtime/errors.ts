/** Status numbers of gRPC, named here so that pure code can speak of them. */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type GrpcCode = (typeof GRPC)[keyof typeof GRPC];

interface ErrorRow {
  /** Registry code, shown in an Ack. */
  readonly code: string;
  /** Status when the error escapes from a stream. */
  readonly status: GrpcCode;
}

/** Every refusal the kernel can give: internal name → registry code and gRPC status. */
export const ERRORS = {
  InvalidMacpVersion: { code: 'UNSUPPORTED_PROTOCOL_VERSION', status: GRPC.FAILED_PRECONDITION },
  InvalidEnvelope: { code: 'INVALID_ENVELOPE', status: GRPC.FAILED_PRECONDITION },
  InvalidPayload: { code: 'INVALID_ENVELOPE', status: GRPC.FAILED_PRECONDITION },
  InvalidModeState: { code: 'INVALID_ENVELOPE', status: GRPC.FAILED_PRECONDITION },
  InvalidTtl: { code: 'INVALID_ENVELOPE', status: GRPC.FAILED_PRECONDITION },
  SessionAlreadyExists: { code: 'SESSION_ALREADY_EXISTS', status: GRPC.ALREADY_EXISTS },
  UnknownSession: { code: 'SESSION_NOT_FOUND', status: GRPC.FAILED_PRECONDITION },
  SessionNotOpen: { code: 'SESSION_NOT_OPEN', status: GRPC.FAILED_PRECONDITION },
  TtlExpired: { code: 'SESSION_NOT_OPEN', status: GRPC.FAILED_PRECONDITION },
  UnknownMode: { code: 'MODE_NOT_SUPPORTED', status: GRPC.FAILED_PRECONDITION },
  Forbidden: { code: 'FORBIDDEN', status: GRPC.PERMISSION_DENIED },
  Unauthenticated: { code: 'UNAUTHENTICATED', status: GRPC.UNAUTHENTICATED },
  PayloadTooLarge: { code: 'PAYLOAD_TOO_LARGE', status: GRPC.RESOURCE_EXHAUSTED },
  RateLimited: { code: 'RATE_LIMITED', status: GRPC.RESOURCE_EXHAUSTED },
  StorageFailed: { code: 'INTERNAL_ERROR', status: GRPC.INTERNAL },
  InvalidSessionId: { code: 'INVALID_SESSION_ID', status: GRPC.INVALID_ARGUMENT },
  UnknownPolicyVersion: { code: 'UNKNOWN_POLICY_VERSION', status: GRPC.FAILED_PRECONDITION },
  PolicyDenied: { code: 'POLICY_DENIED', status: GRPC.FAILED_PRECONDITION },
  InvalidPolicyDefinition: { code: 'INVALID_POLICY_DEFINITION', status: GRPC.INVALID_ARGUMENT },
} as const satisfies Record<string, ErrorRow>;
export type ErrorName = keyof typeof ERRORS;

/** A refusal. `reasons` only with PolicyDenied. */
export interface Refusal {
  readonly ok: false;
  readonly error: ErrorName;
  readonly reasons?: readonly string[];
}

export function refuse(error: ErrorName, reasons?: readonly string[]): Refusal {
  return reasons ? { ok: false, error, reasons } : { ok: false, error };
}

/** A call that ends with a gRPC status instead of an answer. */
export class StatusError extends Error {
  constructor(
    readonly code: GrpcCode,
    readonly details: string,
  ) {
    super(details);
  }
}

/** On a stream these two classes of refusal are told inline and leave the stream open; all others end it. */
export function isInline(error: ErrorName): boolean {
  const { status } = ERRORS[error];
  return status === GRPC.FAILED_PRECONDITION || status === GRPC.PERMISSION_DENIED;
}

/** The status of whatever was thrown; what is not a refusal is our own fault. */
export function toStatus(error: unknown): { readonly code: GrpcCode; readonly details: string } {
  if (error instanceof StatusError) return { code: error.code, details: error.details };
  return { code: GRPC.INTERNAL, details: 'internal error' };
}
