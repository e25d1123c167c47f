import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { SYSTEM_TABS, type SystemTab } from '../../search.js';
import { PageHead } from '../../ui/page-head.js';
import { Contained } from '../../ui/panel.js';
import { AuditTab } from './audit-tab.js';
import { HealthTab } from './health-tab.js';
import { ModesTab } from './modes-tab.js';
import { PoliciesTab } from './policies-tab.js';
import { SessionsTab } from './sessions-tab.js';
import { WebhooksTab } from './webhooks-tab.js';

const TABS: Readonly<Record<SystemTab, { readonly name: string; readonly Content: () => ReactNode }>> = {
  health: { name: 'Health', Content: HealthTab },
  sessions: { name: 'Sessions', Content: SessionsTab },
  modes: { name: 'Modes', Content: ModesTab },
  policies: { name: 'Policies', Content: PoliciesTab },
  webhooks: { name: 'Webhooks', Content: WebhooksTab },
  audit: { name: 'Audit', Content: AuditTab },
};

/** The control plane and what it depends on. */
export function SystemPage() {
  const { tab = 'health' } = useSearch({ from: '/system' });
  const navigate = useNavigate({ from: '/system' });
  const { Content } = TABS[tab];
  const open = (key: unknown): void => {
    const next = SYSTEM_TABS.find((name) => name === key);
    if (next) void navigate({ search: { tab: next }, replace: true });
  };
  return (
    <>
      <PageHead title="System" about="The control plane, its runtime, and what it knows of both." />
      <Tabs selectedKey={tab} onSelectionChange={open}>
        <TabList className="tab-list" aria-label="Parts of the system">
          {SYSTEM_TABS.map((name) => (
            <Tab key={name} id={name} className="tab">
              {TABS[name].name}
            </Tab>
          ))}
        </TabList>
        <TabPanel id={tab}>
          <Contained key={tab}>
            <Content />
          </Contained>
        </TabPanel>
      </Tabs>
    </>
  );
}
