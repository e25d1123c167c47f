import { PageHead } from '../../ui/page-head.js';

export function LaunchPage() {
  return <PageHead title="Launch" />;
}
