import { toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { EnvelopeSchema } from '../../src/gen/macp/v1/envelope_pb.js';
import { ENVELOPE_BYTES, evaluation } from './envelopes.js';
import { FrameScanner } from './frame-scanner.js';
import { costs, growthOf, waitMs } from './progress.js';
import type { Measured } from './scenario.js';
import { percentile, spread } from './statistics.js';
import { fails, linesOf, number } from './verdict.js';
import { text } from './words.js';

const SESSION = '3f0d9a52-6a5e-4f6b-9a38-0d6f1f1c2b7a';

describe('statistics', () => {
  it('interpolates between samples, in whatever order they come', () => {
    expect(percentile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(percentile([10], 0.99)).toBe(10);
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(() => percentile([], 0.5)).toThrow();
  });
});

describe('growth', () => {
  const at = (count: number, ms: number) => ({ count, at: ms, cpuMs: ms / 2 });

  it('reads the cost of each part off the samples', () => {
    const samples = [at(0, 100), at(500, 150), at(2_000, 300), at(3_000, 500)];
    expect(costs(samples, 1_000, 'at')).toEqual([100, 100, 200]);
    expect(costs(samples, 1_000, 'cpuMs')).toEqual([50, 50, 100]);
  });

  it('compares the medians of both ends, and refuses too few parts', () => {
    expect(growthOf([100, 900, 100, 100, 100, 150, 150, 10], 3)).toBe(1.5);
    expect(() => growthOf([1, 2, 3], 2)).toThrow();
  });

  it('asks as often as it should, and more often near the end', () => {
    const samples = [at(0, 0), at(1_000, 100)];
    expect(waitMs([at(0, 0)], 2_000, 50)).toBe(50);
    expect(waitMs(samples, 20_000, 50)).toBe(50);
    expect(waitMs(samples, 1_600, 50)).toBe(30);
    expect(waitMs(samples, 1_001, 50)).toBe(5);
    expect(waitMs(samples, 1_001, 2)).toBe(2);
  });
});

describe('verdicts', () => {
  const rounds = (...values: number[]): Measured[][] => values.map((value) => [{ of: 'ingestShare', value }]);

  it('judges the median of the rounds', () => {
    expect(linesOf('ingest', rounds(10, 61, 99))[0]).toMatchObject({ verdict: 'met', figure: { median: 61, min: 10 } });
    expect(linesOf('ingest', rounds(10, 59, 99)).map(fails)).toEqual([true]);
  });

  it('does not fail for an absolute bar, nor judge a figure without one', () => {
    const lines = linesOf('launch', [
      [
        { of: 'launchP99', value: 41, limit: 4.1 },
        { of: { name: 'p50', unit: 'ms' }, value: 1 },
      ],
    ]);
    expect(lines.map(({ verdict }) => verdict)).toEqual(['missed here', '']);
    expect(lines[0]?.ratio).toBeCloseTo(10);
    expect(lines.some(fails)).toBe(false);
  });

  it('writes numbers for people', () => {
    expect([0, 0.756, 12.34, 123.4, 1_234_567].map(number)).toEqual(['0', '0.76', '12.3', '123', '1 234 567']);
  });
});

describe('frames', () => {
  it('are found however the bytes are cut', () => {
    const stream = Buffer.from(
      'retry: 5\nevent: snapshot\ndata: {"text":"id: 9"}\n\nevent: canonical_event\nid: 12\ndata: {"a":"é"}\n\ndata: x\n\n',
    );
    for (let size = 1; size <= stream.length; size += 1) {
      const heard: (string | number | undefined)[] = [];
      const scanner = new FrameScanner((name, id, bytes) => heard.push(name, id, bytes.length));
      for (let from = 0; from < stream.length; from += size) scanner.feed(stream.subarray(from, from + size));
      expect(heard).toEqual(['snapshot', undefined, 49, 'canonical_event', 12, 48, 'message', undefined, 9]);
    }
  });
});

describe('the load', () => {
  it('is envelopes of exactly the size that is named, each with another text', () => {
    const numbers = [1, 2, 127, 128, 99_999, 12_345_678];
    const envelopes = numbers.map((n) => evaluation(SESSION, n, 1_700_000_000_000));
    for (const envelope of envelopes) expect(toBinary(EnvelopeSchema, envelope)).toHaveLength(ENVELOPE_BYTES);
    expect(new Set(envelopes.map(({ messageId }) => messageId)).size).toBe(numbers.length);
    expect(new Set(envelopes.map(({ payload }) => Buffer.from(payload).toString('hex'))).size).toBe(numbers.length);
  });

  it('is ordinary text that depends on its seed alone', () => {
    expect(text(5, 300)).toHaveLength(300);
    expect(text(5, 300)).toBe(text(5, 300));
    expect(text(5, 300)).not.toBe(text(6, 300));
    expect(text(5, 300).split(' ').length).toBeGreaterThan(30);
  });
});
