import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { JsonView } from '../../ui/json-view.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { modeTitle } from '../../words/names.js';
import { policySentences } from '../../words/policy.js';

/** What decisions are held to: each policy’s rules in words, and as the runtime has them. */
export function PoliciesTab() {
  return (
    <Asked query={useQuery(queries.policies())} what="the policies" lines={6}>
      {(policies) =>
        policies.length === 0 ? (
          <Empty title="No policy is registered" />
        ) : (
          <div className="grid">
            {policies.map((policy) => (
              <Panel
                key={policy.policyId}
                title={policy.policyId}
                aside={<span className="quiet">{policy.mode === '*' ? 'any mode' : modeTitle(policy.mode)}</span>}
              >
                <p>{policy.description}</p>
                <ul className="sentences">
                  {policySentences(policy).map((sentence) => (
                    <li key={sentence}>{sentence}</li>
                  ))}
                </ul>
                <details>
                  <summary>Rules as the runtime has them</summary>
                  <JsonView value={policy.rules} label={`Rules of ${policy.policyId}`} />
                </details>
              </Panel>
            ))}
          </div>
        )
      }
    </Asked>
  );
}
