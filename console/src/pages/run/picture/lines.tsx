import type { ReactNode } from 'react';
import type { Layout } from './layout.js';
import type { Verdict } from './scene.js';

/** Across, the lines are drawn on a scale of 100 that stretches with the page; their width does not. */
const ACROSS = 100;
/** How far the line between two neighbours, and between any two, bends to the left, in pixels. */
const BEND_MIN = 10;
const BEND_MAX = 34;
const TALKS_WIDTH = 40;

interface LinesProps {
  readonly height: number;
  readonly latestSeq: number;
}

/** The lines only show what the words beside them say. */
export function SaidLines({ lines, height, latestSeq }: LinesProps & { lines: Layout['lines'] }) {
  return (
    <Gutter height={height}>
      {lines.map(({ fromY, toY, tone, isWeighty, seq }, place) => (
        <path
          key={seq ?? `crowd ${place}`}
          className="picture-line"
          data-tone={tone}
          data-weighty={isWeighty || undefined}
          data-latest={(seq !== undefined && seq === latestSeq) || undefined}
          d={curve(fromY, toY)}
          pathLength={1}
        />
      ))}
    </Gutter>
  );
}

interface OutcomeProps {
  readonly outcome: Layout['outcome'];
  readonly verdict: Verdict;
  readonly height: number;
}

export function OutcomeLine({ outcome, verdict, height }: OutcomeProps) {
  return (
    <Gutter height={height}>
      {outcome && (
        <path
          className="picture-line"
          data-tone={verdict.isFinal ? verdict.tone : 'waiting'}
          data-weighty
          data-open={!verdict.isFinal || undefined}
          d={curve(outcome.fromY, outcome.toY)}
        />
      )}
    </Gutter>
  );
}

function Gutter({ height, children }: { height: number; children: ReactNode }) {
  return (
    <svg
      className="picture-gutter"
      viewBox={`0 0 ${ACROSS} ${height}`}
      height={height}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

function curve(fromY: number, toY: number): string {
  return `M 0 ${fromY} C ${ACROSS * 0.5} ${fromY}, ${ACROSS * 0.5} ${toY}, ${ACROSS} ${toY}`;
}

/** Messages between people, as bows on the left with a head at the receiver’s end. */
export function TalkLines({ talks, height, latestSeq }: LinesProps & { talks: Layout['talks'] }) {
  return (
    <svg className="picture-talks" width={TALKS_WIDTH} height={height} aria-hidden="true">
      {talks.map(({ fromY, toY, seq, isOpening }) => {
        const bend = Math.min(BEND_MAX, BEND_MIN + Math.abs(toY - fromY) / 12);
        const left = TALKS_WIDTH - bend;
        const end = TALKS_WIDTH - 3;
        return (
          <g
            key={`${seq} ${fromY} ${toY}`}
            className="picture-talk"
            data-opening={isOpening || undefined}
            data-latest={seq === latestSeq || undefined}
          >
            <path d={`M ${TALKS_WIDTH} ${fromY} C ${left} ${fromY}, ${left} ${toY}, ${end} ${toY}`} pathLength={1} />
            <path className="picture-head" d={`M ${end - 6} ${toY - 4} L ${end} ${toY} L ${end - 6} ${toY + 4}`} />
          </g>
        );
      })}
    </svg>
  );
}
