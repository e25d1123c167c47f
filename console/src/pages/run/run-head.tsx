import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { queries } from '../../api/queries.js';
import type { RunState } from '../../api/types.js';
import type { RunFeedState, Link as StreamLink } from '../../stream/run-feed.js';
import { retryRunFeed } from '../../stream/use-run-feed.js';
import { Badge, StatusBadge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { PageHead } from '../../ui/page-head.js';
import { Ago } from '../../ui/time.js';
import { useNow } from '../../ui/use-now.js';
import { modeTitle, shortId } from '../../words/names.js';
import { plain } from '../../words/plain.js';
import { isTerminal, outcomeWord, type Tone } from '../../words/status.js';
import { spanWords } from '../../words/time.js';
import { RunActions } from './run-actions.js';

interface Props {
  readonly runId: string;
  /** Of the moment that is shown: enough for a name. How the run stands and what can be done is asked of `feed` alone. */
  readonly state: RunState;
  readonly feed: RunFeedState;
}

/** Who it is, how it stands now – also while a moment of the past is shown below – and what can be done. */
export function RunHead({ runId, state, feed }: Props) {
  const { run, decision } = feed.state ?? state;
  const title = plain(decision.current?.prompt ?? run.intent ?? `${modeTitle(run.modeName)} run`);
  const heading = useRef<HTMLHeadingElement>(null);
  // Only a command changes it, and that has it asked for again.
  const { data: record } = useQuery({ ...queries.run(runId), refetchInterval: false });
  const isArchived = record !== undefined && record.archivedAt !== null;
  return (
    <PageHead
      title={title}
      about={<About runId={runId} run={run} isNow={feed.state !== undefined} />}
      heading={heading}
    >
      <StreamState runId={runId} feed={feed} />
      {feed.state && <Standing state={feed.state} isArchived={isArchived} />}
      {feed.state && (
        <RunActions
          runId={runId}
          title={title}
          status={feed.state.run.status}
          isArchived={isArchived}
          heading={heading}
        />
      )}
    </PageHead>
  );
}

/** Says what became of a command. */
function Standing({ state: { run, decision }, isArchived }: { state: RunState; isArchived: boolean }) {
  return (
    <span role="status" className="row">
      <StatusBadge status={run.status} />
      {run.status === 'completed' && <Outcome positive={decision.current?.outcomePositive} />}
      {isArchived && <Badge tone="neutral">Archived</Badge>}
    </span>
  );
}

function About({ runId, run, isNow }: { runId: string; run: RunState['run']; isNow: boolean }) {
  return (
    <>
      {modeTitle(run.modeName)} · run{' '}
      <Link to="/runs/$runId" params={{ runId }} title={runId}>
        {shortId(run.runId)}
      </Link>
      {run.startedAt !== undefined && (
        <>
          {' '}
          · started <Ago iso={run.startedAt} />
        </>
      )}
      {isNow && <Times run={run} />}
    </>
  );
}

function Times({ run }: { run: RunState['run'] }) {
  const now = useNow();
  if (isTerminal(run.status)) {
    if (run.startedAt === undefined || run.endedAt === undefined) return null;
    return <> · took {spanWords(Date.parse(run.endedAt) - Date.parse(run.startedAt))}</>;
  }
  if (run.expiresAt === undefined || run.status === 'suspended') return null;
  const left = Date.parse(run.expiresAt) - now;
  return <> · {left > 0 ? `${spanWords(left)} left` : 'its time is over'}</>;
}

function Outcome({ positive }: { positive: boolean | null | undefined }) {
  const { word, tone } = outcomeWord(positive);
  return <Badge tone={tone}>{word}</Badge>;
}

const LINKS: Readonly<Record<StreamLink, { word: string; tone: Tone; meaning: string }>> = {
  connecting: { word: 'Connecting', tone: 'waiting', meaning: 'The stream is being opened.' },
  live: { word: 'Live', tone: 'active', meaning: 'What happens is shown as it happens.' },
  lost: {
    word: 'Reconnecting',
    tone: 'warning',
    meaning: 'The stream broke off. It goes on after the last event that was seen.',
  },
  ended: { word: 'Complete', tone: 'neutral', meaning: 'The run is over, and everything of it is here.' },
  refused: { word: 'Not live', tone: 'bad', meaning: 'The stream was refused.' },
};

function StreamState({ runId, feed }: { runId: string; feed: RunFeedState }) {
  const { word, tone, meaning } = LINKS[feed.link];
  return (
    <>
      <span role="status" className="row" data-link={feed.link}>
        <Badge tone={tone} title={feed.error?.message ?? meaning}>
          {word}
        </Badge>
        {feed.link === 'refused' && <span className="stale">{feed.error?.message}</span>}
      </span>
      {feed.link === 'refused' && (
        <Button look="quiet" onPress={() => retryRunFeed(runId)}>
          Try again
        </Button>
      )}
    </>
  );
}
