import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import type { Overview } from '../../api/types.js';
import type { Window } from '../../search.js';
import { Asked } from '../../ui/asked.js';
import { Bars } from '../../ui/bars.js';
import { Panel } from '../../ui/panel.js';
import { useToday } from '../../ui/use-now.js';
import { costWords, countWords, shareWords } from '../../words/number.js';
import { clockWords, spanWords } from '../../words/time.js';
import { WINDOW_WORDS } from '../../words/window.js';

/** Figures over the runs that were launched in a window of time. */
export function Figures({ window }: { window: Window }) {
  const overview = useQuery(queries.overview(window));
  return (
    <Panel title="Figures" aside={<span className="quiet">{WINDOW_WORDS[window]}, sandbox left out</span>}>
      <Asked query={overview} what="the figures" lines={6}>
        {(data) => (
          <div className="stack">
            <Kpis kpis={data.kpis} />
            <Charts charts={data.charts} />
            {!data.coverage.complete && (
              <p className="quiet">Over the newest {countWords(data.coverage.runs)} runs; there were more.</p>
            )}
          </div>
        )}
      </Asked>
    </Panel>
  );
}

function Kpis({ kpis }: { kpis: Overview['kpis'] }) {
  const anyEnded = kpis.completedRuns + kpis.failedRuns + kpis.cancelledRuns > 0;
  const lines: readonly (readonly [name: string, value: string])[] = [
    ['Launched', countWords(kpis.totalRuns)],
    ['Completed', countWords(kpis.completedRuns)],
    ['Decided against', countWords(kpis.declinedRuns)],
    ['Failed', countWords(kpis.failedRuns)],
    ['Cancelled', countWords(kpis.cancelledRuns)],
    ['Success', anyEnded ? shareWords(kpis.successRate) : '–'],
    ['Average duration', kpis.avgDurationMs === null ? '–' : spanWords(kpis.avgDurationMs)],
    ['Signals', countWords(kpis.totalSignals)],
    ['Tokens', countWords(kpis.totalTokens)],
    ['Cost', costWords(kpis.totalCostUsd)],
  ];
  return (
    <dl className="now-kpis">
      {lines.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="number">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ charts }: { charts: Overview['charts'] }) {
  const today = useToday();
  const when = (iso: string): string => clockWords(iso, today).replace(/:\d\d$/, '');
  return (
    <div className="now-charts">
      <Bars title="Runs launched" {...charts.runVolume} labelWords={when} valueWords={countWords} />
      <Bars title="Median duration" {...charts.latencyP50} labelWords={when} valueWords={spanWords} />
      <Bars title="Signals" {...charts.signalVolume} labelWords={when} valueWords={countWords} />
      <Bars title="Cost" {...charts.cost} labelWords={when} valueWords={costWords} />
    </div>
  );
}
