import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { actOnRuns, type BatchAction } from '../../api/batch.client.js';
import { REASON_LENGTH_MAX, type BatchResult } from '../../api/types.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { ModalDialog } from '../../ui/modal.js';
import { ErrorNote } from '../../ui/notes.js';
import { shortId } from '../../words/names.js';
import { countOf, countWords } from '../../words/number.js';
import { runTitle } from '../../words/run.js';
import { ACTIONS, resultWords } from './batch-words.js';
import { NOTHING, refusedOnly, type Selection } from './selection.js';

interface Props {
  readonly action: BatchAction;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onClose: () => void;
}

/** Asks once more, does it, and tells of each run what became of it. */
export function BatchDialog({ action, selection, onSelect, onClose }: Props) {
  const client = useQueryClient();
  // The runs it was opened for: the selection changes when they are done.
  const [runs] = useState(selection);
  const acting = useMutation({
    mutationFn: (reason: string) => actOnRuns(action, [...runs.keys()], reason),
    onSuccess: (result) => onSelect(result.failed === 0 ? NOTHING : refusedOnly(runs, result)),
    // Not waited for: the answer is there, whatever becomes of the list.
    onSettled: () => void client.invalidateQueries({ queryKey: ['runs'] }),
  });
  const { verb } = ACTIONS[action];
  return (
    <ModalDialog title={`${verb} ${countOf(runs.size, 'run')}`} isBusy={acting.isPending} onClose={onClose}>
      {acting.data ? (
        <Results action={action} result={acting.data} runs={runs} onClose={onClose} />
      ) : (
        <Question
          action={action}
          runs={runs}
          isBusy={acting.isPending}
          error={acting.error}
          onGo={(reason) => acting.mutate(reason)}
          onClose={onClose}
        />
      )}
    </ModalDialog>
  );
}

interface QuestionProps {
  readonly action: BatchAction;
  readonly runs: Selection;
  readonly isBusy: boolean;
  readonly error: Error | null;
  readonly onGo: (reason: string) => void;
  readonly onClose: () => void;
}

function Question({ action, runs, isBusy, error, onGo, onClose }: QuestionProps) {
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const { verb, meaning } = ACTIONS[action];
  const count = runs.size;
  const isSure = action !== 'delete' || typed.trim() === String(count);
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (isSure && !isBusy) onGo(reason.trim());
      }}
    >
      <p>{meaning}</p>
      <div className="runs-asked" tabIndex={0} role="group" aria-label="The runs it is about">
        <ul>
          {[...runs.values()].map((run) => (
            <li key={run.id}>
              {runTitle(run)} <code className="quiet">{run.id}</code>
            </li>
          ))}
        </ul>
      </div>
      {action === 'cancel' && (
        <TextField className="field" value={reason} onChange={setReason} maxLength={REASON_LENGTH_MAX} autoFocus>
          <Label>Reason, for whoever reads it later</Label>
          <Input />
        </TextField>
      )}
      {action === 'delete' && (
        <TextField className="field" value={typed} onChange={setTyped} autoComplete="off" inputMode="numeric" autoFocus>
          <Label>Type {count} to confirm that many runs</Label>
          <Input />
        </TextField>
      )}
      {error && <ErrorNote error={error} />}
      <div className="modal-actions">
        <Button isDisabled={isBusy} onPress={onClose}>
          Keep them as they are
        </Button>
        <Button type="submit" look={action === 'archive' ? 'primary' : 'danger'} isDisabled={!isSure || isBusy}>
          {isBusy ? 'Working …' : `${verb} ${countWords(count)}`}
        </Button>
      </div>
    </form>
  );
}

interface ResultsProps {
  readonly action: BatchAction;
  readonly result: BatchResult;
  readonly runs: Selection;
  readonly onClose: () => void;
}

function Results({ action, result, runs, onClose }: ResultsProps) {
  const { done } = ACTIONS[action];
  return (
    <>
      <p role="status">{resultWords(action, result)}</p>
      {result.failed > 0 && <p className="quiet">Those that were refused stay chosen.</p>}
      <div className="table-scroll runs-results" tabIndex={0} role="group" aria-label="What became of each run">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Result</th>
            </tr>
          </thead>
          <tbody>
            {result.results.map(({ runId, ok, error }) => (
              <tr key={runId}>
                <td>
                  {titleIn(runs, runId)} <code className="quiet">{shortId(runId)}</code>
                </td>
                <td>
                  <Badge tone={ok ? 'good' : 'bad'}>{ok ? capital(done) : 'Refused'}</Badge>
                  {error && <p>{error.message}</p>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="modal-actions">
        <Button look="primary" onPress={onClose} autoFocus>
          Close
        </Button>
      </div>
    </>
  );
}

function titleIn(runs: Selection, runId: string): string {
  const run = runs.get(runId);
  return run === undefined ? 'Run' : runTitle(run);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
