import { Link } from '@tanstack/react-router';
import { Panel } from '../../ui/panel.js';

/** For whoever opens a control plane in which nothing has run yet. */
export function Welcome() {
  return (
    <Panel title="Nothing has run here yet" className="now-welcome">
      <p>
        A run is one coordination between agents: they are given a question, propose, object and vote, and one of them
        commits the decision. Here you watch it happen, see who said what, and read why it was decided so.
      </p>
      <p>Launch an example in the sandbox: scripted agents play along, and a decision is there within seconds.</p>
      <p className="row">
        <Link to="/launch" className="button" data-look="primary">
          Launch your first run
        </Link>
      </p>
    </Panel>
  );
}
