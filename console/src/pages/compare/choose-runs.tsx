import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowLeftRight } from 'lucide-react';
import { useId, useState } from 'react';
import { Form, Input, Label, TextField } from 'react-aria-components';
import { queries } from '../../api/queries.js';
import { Button } from '../../ui/button.js';
import { runTitle } from '../../words/run.js';
import { RUN_STATUS } from '../../words/status.js';

/** So many of the newest runs are offered while one writes. */
const OFFERED_MAX = 50;

/** Which two runs are compared: by run id or session id. */
export function ChooseRuns({ left, right }: { left: string | undefined; right: string | undefined }) {
  const navigate = useNavigate();
  const [ids, change] = useState({ left: left ?? '', right: right ?? '' });
  const offered = useQuery({
    ...queries.runsNow({ limit: OFFERED_MAX, includeSandbox: true }),
    refetchInterval: false,
  });
  const listId = useId();
  const go = (search: { left?: string; right?: string }): void => void navigate({ to: '/compare', search });
  return (
    <Form
      className="compare-choice"
      onSubmit={(event) => {
        event.preventDefault();
        go({
          ...(ids.left.trim() !== '' && { left: ids.left.trim() }),
          ...(ids.right.trim() !== '' && { right: ids.right.trim() }),
        });
      }}
    >
      <RunField label="Left run" value={ids.left} listId={listId} onChange={(id) => change({ ...ids, left: id })} />
      <Button
        aria-label="Swap left and right"
        onPress={() =>
          go({ ...(ids.right !== '' && { left: ids.right }), ...(ids.left !== '' && { right: ids.left }) })
        }
      >
        <ArrowLeftRight size={16} aria-hidden="true" />
      </Button>
      <RunField label="Right run" value={ids.right} listId={listId} onChange={(id) => change({ ...ids, right: id })} />
      <Button type="submit" look="primary">
        Compare
      </Button>
      <datalist id={listId}>
        {offered.data?.data.map((run) => (
          <option key={run.id} value={run.id}>
            {`${runTitle(run)} · ${RUN_STATUS[run.status].word}`}
          </option>
        ))}
      </datalist>
    </Form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly listId: string;
  readonly onChange: (id: string) => void;
}

function RunField({ label, value, listId, onChange }: FieldProps) {
  return (
    <TextField className="field" value={value} onChange={onChange} autoComplete="off">
      <Label>{label}</Label>
      <Input className="compare-id" list={listId} placeholder="Run id or session id" spellCheck={false} />
    </TextField>
  );
}
