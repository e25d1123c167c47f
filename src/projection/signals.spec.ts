import { describe, expect, it } from 'vitest';
import type { SignalView } from '../contracts/projection.js';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const story = (): RunStory => new RunStory(MODE.decision, ['alice'], 'alice').begin();
const signals = (log: RunStory): readonly SignalView[] => log.view().signals.signals;
const acknowledge = (log: RunStory, id: string, by: string): RunStory =>
  log.add('signal.acknowledged', log.header('SignalAck', by, { signalId: id }), { subject: { kind: 'signal', id } });

describe('signals', () => {
  it('lists what was told and leaves out what was not', () => {
    const log = story().signal(
      'alert',
      'bob',
      { severity: 'high', confidence: 0.5, data: { a: 1 }, member: false },
      's1',
    );
    log.signal('plain', 'alice', { severity: 3, confidence: null }, 's2');
    expect(signals(log)).toEqual([
      {
        id: 's1',
        name: 'alert',
        severity: 'high',
        sourceParticipantId: 'bob',
        ts: log.events.at(-2)?.ts,
        seq: log.events.at(-2)?.seq,
        confidence: 0.5,
        payload: { a: 1 },
        member: false,
      },
      {
        id: 's2',
        name: 'plain',
        sourceParticipantId: 'alice',
        ts: log.events.at(-1)?.ts,
        seq: log.events.at(-1)?.seq,
        member: true,
      },
    ]);
  });

  it('keeps ids apart', () => {
    const log = story().signal('a', 'alice', {}, 's').signal('b', 'alice', {}, 's').signal('c', 'alice', {}, 's');
    const seq = log.events.length;
    expect(signals(log).map(({ id }) => id)).toEqual(['s', `s#${seq - 1}`, `s#${seq}`]);
  });

  it('keeps an id apart from one that a sender made to look like ours', () => {
    const log = story().signal('a', 'alice', {}, 's');
    const next = log.events.length + 2;
    log.signal('b', 'alice', {}, `s#${next}`).signal('c', 'alice', {}, 's');
    expect(signals(log).map(({ id }) => id)).toEqual(['s', `s#${next}`, `s#${next}#${next}`]);
  });

  it('bounds list and payload', () => {
    const log = story().signal('big', 'alice', { data: 'x'.repeat(5_000) });
    expect(signals(log)[0]?.payload).toEqual({ truncated: true, byteLength: 5_002 });
    for (let index = 0; index < 210; index += 1) log.signal('s', 'alice', {}, `s${index}`);
    expect(signals(log)).toHaveLength(200);
    expect(signals(log)[0]?.id).toBe('s10');
  });

  it('acknowledges the newest of its id', () => {
    const log = story().signal('a', 'alice', {}, 's').signal('b', 'alice', {}, 's').signal('c', 'alice', {}, 's-other');
    acknowledge(log, 's', 'bob');
    expect(signals(log).map(({ acknowledgedBy }) => acknowledgedBy)).toEqual([undefined, 'bob', undefined]);
    expect(signals(log)[1]?.acknowledgedAt).toBe(log.events.at(-1)?.ts);
  });

  it('ignores the acknowledgement of a signal it does not list', () => {
    const log = story().signal('a', 'alice', {}, 's');
    const before = signals(log);
    expect(signals(acknowledge(log, 'unknown', 'bob'))).toEqual(before);
  });
});
