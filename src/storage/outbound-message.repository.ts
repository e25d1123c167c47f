import { Inject, Injectable } from '@nestjs/common';
import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { IsoTime, RunId } from '../contracts/ids.js';
import type {
  OutboundAnswer,
  OutboundDraft,
  OutboundMessage,
  OutboundRecord,
  OutboundStatus,
} from '../contracts/outbound.js';
import type { OutboundKind } from '../contracts/raw-event.js';
import type { Database } from '../db/database.client.js';
import { DATABASE } from '../db/database.module.js';
import { runOutboundMessages } from '../db/schema.js';
import type { Write } from '../db/statement.js';
import { sizedPage } from './sized-page.repository.js';

/** Messages of one run that are read at once; a run has at most 200 kickoff messages and what is sent on request. */
const OUTBOUND_PAGE_MAX = 5_000;
const PAGE = { rowsMax: OUTBOUND_PAGE_MAX, pieceMax: 200 };

const { payload: _payload, ...RECORD_COLUMNS } = getTableColumns(runOutboundMessages);
const RECORD_SELECTION = {
  ...RECORD_COLUMNS,
  payloadBytes: sql<number>`octet_length(${runOutboundMessages.payload})`,
};

type OutboundRow = typeof runOutboundMessages.$inferSelect;

/** Our messages to the runtime: stored before they are sent, answered in the transaction that records the answer. */
@Injectable()
export class OutboundMessageRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Those of the given kinds that have no answer yet, in the order of their steps; at most OUTBOUND_PAGE_MAX. */
  async listUnanswered(runId: RunId, kinds: readonly OutboundKind[]): Promise<readonly OutboundMessage[]> {
    const { runId: ofRun, status, purpose, step, messageId } = runOutboundMessages;
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select()
        .from(runOutboundMessages)
        .where(and(eq(ofRun, runId), eq(status, 'queued'), inArray(purpose, [...kinds])))
        .orderBy(asc(step), asc(messageId))
        .limit(OUTBOUND_PAGE_MAX),
    );
    return rows.map((row) => ({ ...plainOf(row), payload: row.payload }));
  }

  async find(runId: RunId, messageId: string): Promise<OutboundMessage | undefined> {
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select()
        .from(runOutboundMessages)
        .where(and(eq(runOutboundMessages.runId, runId), eq(runOutboundMessages.messageId, messageId))),
    );
    return rows.map((row) => ({ ...plainOf(row), payload: row.payload }))[0];
  }

  /** A message that is stored already stays as it is: the same batch may be written again after a lost answer. */
  append(runId: RunId, messages: readonly OutboundDraft[]): Write {
    return {
      text: `insert into run_outbound_messages (
          run_id, step, message_id, purpose, mode_name, message_type, session_id, sender, recipients, payload,
          payload_encoding, payload_type_name, timestamp_unix_ms, status, error_code, error_message, created_at,
          answered_at)
        select $1, coalesce(m.step, (select coalesce(max(step), 0) + 1 from run_outbound_messages where run_id = $1)),
          m.message_id, m.purpose, m.mode_name, m.message_type, m.session_id, m.sender, m.recipients,
          decode(m.payload, 'base64'), m.payload_encoding, m.payload_type_name, m.timestamp_unix_ms, m.status,
          m.error_code, m.error_message, m.created_at, m.answered_at
        from jsonb_to_recordset($2::jsonb) as m (
          step int, message_id text, purpose text, mode_name text, message_type text, session_id text, sender text,
          recipients text[], payload text, payload_encoding text, payload_type_name text, timestamp_unix_ms bigint,
          status text, error_code text, error_message text, created_at timestamptz, answered_at timestamptz)
        on conflict (run_id, message_id) do nothing`,
      values: [runId, JSON.stringify(messages.map(toColumns))],
    };
  }

  /** The first answer holds; that there was none is corrected by one. */
  answer(runId: RunId, answers: readonly OutboundAnswer[], now: IsoTime): Write {
    return {
      text: `update run_outbound_messages m
        set status = a.status, error_code = a.error_code, error_message = a.error_message, answered_at = $3
        from jsonb_to_recordset($2::jsonb) as a (message_id text, status text, error_code text, error_message text)
        where m.run_id = $1 and m.message_id = a.message_id and m.status in ('queued', 'unknown')`,
      values: [
        runId,
        JSON.stringify(
          answers.map((answer) => ({
            message_id: answer.messageId,
            status: answer.status,
            error_code: answer.errorCode,
            error_message: answer.errorMessage,
          })),
        ),
        now,
      ],
    };
  }

  /** In the order of their steps, behind the message `after`; see `sizedPage`. [] where either is unknown. */
  page(runId: RunId, after?: string): Promise<readonly OutboundRecord[]> {
    return sizedPage(PAGE, (last: OutboundRecord | undefined, limit) =>
      this.readRecords(runId, last?.messageId ?? after, limit),
    );
  }

  private async readRecords(
    runId: RunId,
    after: string | undefined,
    limit: number,
  ): Promise<readonly OutboundRecord[]> {
    const isBehind = sql`(step, message_id) > (
      select m.step, m.message_id from run_outbound_messages m where m.run_id = ${runId} and m.message_id = ${after})`;
    const rows = await this.database.read((drizzle) =>
      drizzle
        .select(RECORD_SELECTION)
        .from(runOutboundMessages)
        .where(and(eq(runOutboundMessages.runId, runId), after === undefined ? undefined : isBehind))
        .orderBy(asc(runOutboundMessages.step), asc(runOutboundMessages.messageId))
        .limit(limit),
    );
    return rows.map((row) => ({ ...plainOf(row), payloadBytes: row.payloadBytes }));
  }
}

function toColumns(message: OutboundDraft): Readonly<Record<string, unknown>> {
  return {
    step: message.step,
    message_id: message.messageId,
    purpose: message.purpose,
    mode_name: message.modeName,
    message_type: message.messageType,
    session_id: message.sessionId,
    sender: message.sender,
    recipients: message.to,
    payload: Buffer.from(message.payload).toString('base64'),
    payload_encoding: message.payloadEncoding,
    payload_type_name: message.payloadTypeName,
    timestamp_unix_ms: message.timestampUnixMs,
    status: message.status,
    error_code: message.errorCode,
    error_message: message.errorMessage,
    created_at: message.createdAt,
    answered_at: message.answeredAt,
  };
}

/** Row → message; the words in the columns were written from the contract's own. */
function plainOf(row: Omit<OutboundRow, 'payload'>): Omit<OutboundMessage, 'payload'> {
  return {
    runId: row.runId as RunId,
    step: row.step,
    messageId: row.messageId,
    purpose: row.purpose as OutboundKind,
    modeName: row.modeName,
    messageType: row.messageType,
    sessionId: row.sessionId,
    sender: row.sender,
    to: row.recipients,
    payloadEncoding: row.payloadEncoding,
    ...(row.payloadTypeName === null ? {} : { payloadTypeName: row.payloadTypeName }),
    timestampUnixMs: row.timestampUnixMs,
    status: row.status as OutboundStatus,
    ...(row.errorCode === null ? {} : { errorCode: row.errorCode }),
    ...(row.errorMessage === null ? {} : { errorMessage: row.errorMessage }),
    createdAt: row.createdAt,
    ...(row.answeredAt === null ? {} : { answeredAt: row.answeredAt }),
  };
}
