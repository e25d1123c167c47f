import { describe, expect, it } from 'vitest';
import type { IsoTime } from '../contracts/ids.js';
import { HistoryUnavailableError, ORDINAL_MAX, historyLossOf } from './history.js';
import type { RuntimeFrame } from './runtime-provider.interface.js';

const receivedAt = '2026-11-01T00:00:00.000Z' as IsoTime;

function inline(code: string, message = code): RuntimeFrame {
  return { kind: 'inline-error', code, message, reasons: [], receivedAt };
}

describe('historyLossOf', () => {
  it('recognises the sentence of old runtimes, in either field', () => {
    const sentence = 'session history before ordinal 12 was compacted; resume with after_sequence >= 12';
    expect(historyLossOf(inline(sentence))).toEqual({ lowestOrdinal: 12 });
    expect(historyLossOf(inline('FAILED_PRECONDITION', sentence))).toEqual({ lowestOrdinal: 12 });
  });

  it('recognises the registry code', () => {
    expect(historyLossOf(inline('HISTORY_UNAVAILABLE', 'gone'))).toEqual({ lowestOrdinal: undefined });
  });

  it('takes a number that no session reaches for a loss of unknown length', () => {
    const before = (ordinal: number) => inline(`session history before ordinal ${ordinal} was compacted`);
    expect(historyLossOf(before(ORDINAL_MAX))).toEqual({ lowestOrdinal: ORDINAL_MAX });
    expect(historyLossOf(before(ORDINAL_MAX + 1))).toEqual({ lowestOrdinal: undefined });
    expect(new HistoryUnavailableError('gone', 9_999_999_999, {})).toMatchObject({
      lowestOrdinal: undefined,
      details: { reason: 'HISTORY_UNAVAILABLE', retryable: false },
    });
  });

  it('takes nothing else for it', () => {
    const others = ['Forbidden', 'InvalidPayload', 'the session history before ordinal 3 was compacted', 'compacted'];
    for (const text of others) expect(historyLossOf(inline(text))).toBeUndefined();
    expect(historyLossOf({ kind: 'ready', receivedAt })).toBeUndefined();
  });
});
