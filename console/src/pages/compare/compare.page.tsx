import { useQueries, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Empty, ErrorNote, Loading } from '../../ui/notes.js';
import { PageHead } from '../../ui/page-head.js';
import { Panel } from '../../ui/panel.js';
import { ChooseRuns } from './choose-runs.js';
import './compare.css';
import { ComparisonTable } from './comparison-table.js';
import { Shared } from './shared.js';
import { Timeline } from './timeline.js';

const route = getRouteApi('/compare');

/** Two runs side by side. */
export function ComparePage() {
  const { left, right } = route.useSearch();
  return (
    <>
      <PageHead title="Compare" about="How the right run differs from the left one" />
      <div className="stack">
        <ChooseRuns key={`${left ?? ''} ${right ?? ''}`} left={left} right={right} />
        {left !== undefined && right !== undefined ? (
          <Comparison left={left} right={right} />
        ) : (
          <Empty title="Choose two runs">
            <p>
              Tick two in the <Link to="/runs">list of runs</Link> and press Compare, or give their ids here.
            </p>
          </Empty>
        )}
      </div>
    </>
  );
}

function Comparison({ left, right }: { left: string; right: string }) {
  const [leftRun, rightRun] = useQueries({ queries: [queries.run(left), queries.run(right)] });
  const statuses = [leftRun.data?.status, rightRun.data?.status] as const;
  const comparison = useQuery(queries.comparison(left, right, ...statuses));
  const [leftMetrics, rightMetrics] = useQueries({
    queries: [queries.metrics(left, statuses[0]), queries.metrics(right, statuses[1])],
  });
  if (comparison.error && !comparison.data)
    return <ErrorNote error={comparison.error} onRetry={() => void comparison.refetch()} />;
  const parts = [leftRun, rightRun, leftMetrics, rightMetrics];
  const broken = parts.find(({ data, error }) => error !== null && data === undefined);
  if (broken) return <ErrorNote error={broken.error} onRetry={() => void broken.refetch()} />;
  if (!leftRun.data || !rightRun.data || !leftMetrics.data || !rightMetrics.data)
    return <Loading what="both runs" lines={8} />;
  const sides = [
    { run: leftRun.data, metrics: leftMetrics.data },
    { run: rightRun.data, metrics: rightMetrics.data },
  ] as const;
  return (
    <>
      <Panel title="At a glance">
        <Asked query={comparison} what="the comparison" lines={8}>
          {(data) => <ComparisonTable comparison={data} left={sides[0]} right={sides[1]} />}
        </Asked>
      </Panel>
      <Asked query={comparison} what="who took part">
        {({ participantsDiff, signalsDiff }) => (
          <div className="grid">
            <Panel title="Participants">
              <Shared noun="participant" {...participantsDiff} />
            </Panel>
            <Panel title="Signals">
              <Shared noun="signal" {...signalsDiff} />
            </Panel>
          </div>
        )}
      </Asked>
      <div className="compare-timelines">
        <Panel title="What happened in the left run">
          <Timeline key={left} run={sides[0].run} total={sides[0].metrics.eventCount} />
        </Panel>
        <Panel title="What happened in the right run">
          <Timeline key={right} run={sides[1].run} total={sides[1].metrics.eventCount} />
        </Panel>
      </div>
    </>
  );
}
