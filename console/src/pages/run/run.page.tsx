import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
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
  const { state, feed } = moment;
  if (!state) {
    const { error } = moment;
    return (
      <>
        <PageHead title={`Run ${shortId(runId)}`} />
        {error ? <ErrorNote error={error} onRetry={moment.retry} /> : <Loading what="the run" lines={8} />}
      </>
    );
  }
  return (
    <div className="run">
      <RunHead runId={runId} state={state} feed={feed} />
      <div className="run-body">
        <RunTabs runId={runId} moment={moment} state={state} />
        <EventSheet runId={runId} latestSeq={feed.latestSeq} />
      </div>
      <TimeTravel runId={runId} moment={moment} state={state} />
    </div>
  );
}

function RunTabs({ runId, moment, state }: { runId: string; moment: Moment; state: RunState }) {
  const { tab = 'story' } = useSearch({ from: '/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  const open = (next: RunTab): void => void navigate({ search: (before) => ({ ...before, tab: next }), replace: true });
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
        <Contained>{tabContent(tab, { runId, moment, state })}</Contained>
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
