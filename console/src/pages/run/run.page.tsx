import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import type { RunState } from '../../api/types.js';
import { RUN_TABS, type RunTab } from '../../search.js';
import { ErrorNote, Loading } from '../../ui/notes.js';
import { PageHead } from '../../ui/page-head.js';
import { Contained } from '../../ui/panel.js';
import { shortId } from '../../words/names.js';
import { CostTab } from './cost-tab.js';
import { DetailsTab } from './details-tab.js';
import { EventSheet } from './event-sheet.js';
import { EventsTab } from './events-tab.js';
import { RunHead } from './run-head.js';
import './run.css';
import { SignalsTab } from './signals-tab.js';
import { StoryTab } from './story-tab.js';
import { TimeTravel } from './time-travel.js';
import { useMoment, type Moment } from './use-moment.js';

const TAB_NAMES: Readonly<Record<RunTab, string>> = {
  story: 'Story',
  events: 'Events',
  signals: 'Signals and progress',
  cost: 'Tokens and cost',
  details: 'Details',
};

/** One run: live, or as it was at any moment. Every panel is told the same state, so that they always agree. */
export function RunPage() {
  const { runId } = useParams({ from: '/runs/$runId' });
  const moment = useMoment(runId);
  const { feed } = moment;
  const known = useKnown(moment);
  if (!known) {
    return (
      <>
        <PageHead title={`Run ${shortId(runId)}`} />
        <Missing moment={moment} what="the run" />
      </>
    );
  }
  return (
    <div className="run">
      <RunHead runId={runId} state={known} feed={feed} />
      <div className="run-body">
        <RunTabs runId={runId} moment={moment} />
        <EventSheet runId={runId} latestSeq={feed.latestSeq} />
      </div>
      <TimeTravel runId={runId} moment={moment} known={known} />
    </div>
  );
}

/** The state that is shown; while there is none, what is known of now, or was shown last: enough to go on to another moment. */
function useKnown({ state, feed }: Moment): RunState | undefined {
  const [last, keep] = useState<RunState>();
  if (feed.state === undefined && state !== undefined && state !== last) keep(state);
  return state ?? feed.state ?? last;
}

/** Why there is no state to be shown, or that it is on its way. */
function Missing({ moment: { error, retry }, what }: { moment: Moment; what: string }) {
  return error ? <ErrorNote error={error} onRetry={retry} /> : <Loading what={what} lines={8} />;
}

function RunTabs({ runId, moment }: { runId: string; moment: Moment }) {
  const { tab = 'story' } = useSearch({ from: '/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  const open = (next: RunTab): void => void navigate({ search: (before) => ({ ...before, tab: next }), replace: true });
  const { state, isLate } = moment;
  return (
    <Tabs className="tabs" selectedKey={tab} onSelectionChange={(key) => open(tabOf(key))}>
      <TabList className="tab-list" aria-label="Parts of the run">
        {RUN_TABS.map((name) => (
          <Tab key={name} id={name} className="tab">
            {TAB_NAMES[name]}
          </Tab>
        ))}
      </TabList>
      <TabPanel id={tab} className="tab-panel">
        <div className="moment" aria-busy={isLate}>
          {state ? (
            <Contained>{tabContent(tab, { runId, moment, state })}</Contained>
          ) : (
            <Missing moment={moment} what="the moment" />
          )}
        </div>
      </TabPanel>
    </Tabs>
  );
}

function tabContent(tab: RunTab, { runId, moment, state }: { runId: string; moment: Moment; state: RunState }) {
  switch (tab) {
    case 'story':
      return <StoryTab runId={runId} state={state} moment={moment} />;
    case 'events':
      return <EventsTab runId={runId} moment={moment} />;
    case 'signals':
      return <SignalsTab state={state} />;
    case 'cost':
      return <CostTab state={state} />;
    case 'details':
      return <DetailsTab runId={runId} state={state} />;
  }
}

function tabOf(key: unknown): RunTab {
  return RUN_TABS.find((name) => name === key) ?? 'story';
}
