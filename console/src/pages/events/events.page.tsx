import { PageHead } from '../../ui/page-head.js';

export function EventsPage() {
  return <PageHead title="Events" />;
}
