import type { IsoTime } from './ids.js';
import type { Governance, Subject } from './events.js';
import type { RunStatus } from './run.js';

/** Raised when the fold changes what it stores; a stored view of another version is folded anew before it is served. */
export const PROJECTION_VERSION = 3;

export interface RunBlock {
  readonly runId: string;
  readonly status: RunStatus;
  readonly modeName: string;
  readonly modeVersion?: string;
  readonly configurationVersion?: string;
  readonly policyVersion?: string;
  readonly initiator?: string;
  readonly runtimeKind: string;
  readonly runtimeSessionId?: string;
  readonly sessionState?: string;
  readonly startedAt?: IsoTime;
  readonly endedAt?: IsoTime;
  readonly expiresAt?: IsoTime;
  readonly contextId?: string;
  readonly extensionKeys?: readonly string[];
  readonly intent?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly traceId?: string;
}

export type ParticipantStatus = 'idle' | 'waiting' | 'active' | 'completed' | 'failed' | 'skipped';

export interface ParticipantView {
  readonly participantId: string;
  readonly role?: string;
  readonly framework?: string;
  readonly agentRef?: string;
  readonly declared: boolean;
  readonly status: ParticipantStatus;
  readonly latestActivityAt?: IsoTime;
  /** The event of the latest activity. */
  readonly latestSeq?: number;
  readonly latestSummary?: string;
  readonly messageCount: number;
}

export interface GraphNode {
  readonly id: string;
  readonly kind: 'participant' | 'start' | 'proposal' | 'decision' | 'output';
  readonly status: ParticipantStatus;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly ts: IsoTime;
  /** The event that drew it last. */
  readonly seq: number;
}

export interface DecisionProposal {
  readonly participantId: string;
  readonly proposalId: string;
  readonly messageType: string;
  readonly action: string;
  readonly confidence?: number;
  /** Of an objection: low, medium, high or critical. */
  readonly severity?: string;
  readonly reasons: readonly string[];
  readonly ts: IsoTime;
  readonly seq: number;
  /** Only on the entry whose ballot now counts. */
  readonly vote?: 'allow' | 'deny';
}

export interface CurrentDecision {
  readonly action: string;
  readonly proposalId?: string;
  readonly confidence?: number;
  readonly reasons: readonly string[];
  readonly finalized: boolean;
  readonly outcomePositive?: boolean | null;
  readonly commitmentId?: string;
  readonly resolvedAt?: IsoTime;
  readonly resolvedBy?: string;
  /** The event that finalized it. */
  readonly seq?: number;
  readonly supersedes?: { readonly sessionId: string; readonly commitmentHash: string };
  readonly prompt?: string;
  readonly proposals: readonly DecisionProposal[];
}

export interface SignalView {
  readonly id: string;
  readonly name: string;
  readonly severity?: string;
  readonly sourceParticipantId: string;
  readonly ts: IsoTime;
  readonly seq: number;
  readonly confidence?: number;
  readonly payload?: unknown;
  readonly member: boolean;
  readonly acknowledgedAt?: IsoTime;
  readonly acknowledgedBy?: string;
}

export interface ProgressView {
  readonly participantId: string;
  readonly percentage?: number;
  readonly message: string;
  readonly ts: IsoTime;
  readonly seq: number;
}

export interface TimelineEntry {
  readonly id: string;
  readonly seq: number;
  readonly ts: IsoTime;
  readonly type: string;
  readonly subject: Subject;
}

export interface LlmCallView {
  readonly participantId: string;
  readonly provider?: string;
  readonly model?: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly latencyMs?: number;
  readonly estimatedCostUsd?: number;
  readonly ts: IsoTime;
  readonly seq: number;
  readonly artifactId?: string;
}

export interface LlmTotals {
  readonly callCount: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly estimatedCostUsd: number;
}

export interface VoteTallyRow {
  readonly commitmentId: string;
  readonly allow: number;
  readonly deny: number;
  readonly abstain: number;
  /** Fraction 0–1. */
  readonly threshold: number;
  readonly quorum: { readonly required: number; readonly cast: number };
}

export interface PolicyBlock {
  readonly policyVersion: string;
  readonly policyDescription?: string;
  readonly governance?: Governance;
  readonly resolvedAt?: IsoTime;
  readonly outcomePositive?: boolean;
  readonly quorumStatus: 'pending' | 'reached' | 'failed';
  readonly commitmentEvaluations: readonly {
    readonly commitmentId: string;
    readonly decision: 'allow' | 'deny';
    readonly reasons: readonly string[];
    readonly ts: IsoTime;
    readonly seq: number;
  }[];
  readonly expectedCommitments: readonly {
    readonly commitmentId: string;
    readonly title: string;
    readonly description?: string;
    readonly requiredRoles?: readonly string[];
    /** The event that listed it. */
    readonly seq: number;
  }[];
  readonly voteTally: readonly VoteTallyRow[];
}

/** The run's read model as clients see it. Every block is always present. */
export interface RunStateView {
  readonly run: RunBlock;
  readonly participants: readonly ParticipantView[];
  readonly participantsTruncated?: true;
  readonly graph: { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] };
  readonly decision: { readonly current?: CurrentDecision };
  readonly signals: { readonly signals: readonly SignalView[] };
  readonly progress: { readonly entries: readonly ProgressView[] };
  readonly timeline: {
    readonly latestSeq: number;
    readonly totalEvents: number;
    readonly recent: readonly TimelineEntry[];
  };
  readonly trace: {
    readonly traceId?: string;
    readonly spanCount: number;
    readonly lastSpanId?: string;
    readonly linkedArtifacts: readonly string[];
  };
  readonly outboundMessages: {
    readonly total: number;
    readonly queued: number;
    readonly accepted: number;
    readonly rejected: number;
  };
  readonly llm: { readonly calls: readonly LlmCallView[]; readonly totals: LlmTotals };
  readonly policy: PolicyBlock;
}

export type Ballot = 'allow' | 'deny' | 'abstain';

/** Bookkeeping of the fold; stored with the view, never sent to a client. Maps as entry lists: keys are senders' choice. */
export interface ProjectionBook {
  readonly declared: number;
  readonly modeName: string;
  readonly terminal: boolean;
  readonly decisionPrompt?: string;
  readonly proposals: readonly BookProposal[];
  readonly accepts: readonly (readonly [sender: string, proposalId: string])[];
  readonly terminalRejects: readonly string[];
  readonly voters: readonly string[];
}

export interface BookProposal {
  readonly id: string;
  readonly label: string;
  readonly by: string;
  readonly seq: number;
  readonly live: boolean;
  readonly requiredApprovals?: number;
  readonly ballots: readonly (readonly [sender: string, ballot: Ballot])[];
  readonly evaluations: readonly (readonly [sender: string, confidence: number])[];
}

/** What is stored: the view, its book and the version of the fold that made it. */
export interface Projection {
  readonly projectionVersion: number;
  readonly view: RunStateView;
  readonly book: ProjectionBook;
}
