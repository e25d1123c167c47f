import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { exportOf, type BatchAction } from '../../api/batch.client.js';
import { Button } from '../../ui/button.js';
import { ErrorNote } from '../../ui/notes.js';
import { saveFile } from '../../ui/save-file.js';
import { countOf } from '../../words/number.js';
import { CHOSEN_MAX, NOTHING, type Selection } from './selection.js';

interface Props {
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onAct: (action: BatchAction) => void;
}

/** What can be done with the chosen runs. */
export function ActionBar({ selection, onSelect, onAct }: Props) {
  const ids = [...selection.keys()];
  return (
    <section className="runs-actions" aria-label="Chosen runs">
      <p role="status">
        <strong>{countOf(selection.size, 'run')} chosen</strong>
        {selection.size >= CHOSEN_MAX && <span className="quiet"> – no more at once</span>}
      </p>
      <div className="row">
        <CompareLink ids={ids} />
        <ExportButton ids={ids} />
        <Button onPress={() => onAct('cancel')}>Cancel …</Button>
        <Button onPress={() => onAct('archive')}>Archive …</Button>
        <Button look="danger" onPress={() => onAct('delete')}>
          Delete …
        </Button>
        <Button look="quiet" onPress={() => onSelect(NOTHING)}>
          Choose none
        </Button>
      </div>
    </section>
  );
}

function CompareLink({ ids }: { ids: readonly string[] }) {
  const [left, right] = ids;
  if (ids.length !== 2 || left === undefined || right === undefined) return null;
  return (
    <Link to="/compare" search={{ left, right }} className="button" data-look="primary">
      Compare
    </Link>
  );
}

function ExportButton({ ids }: { ids: string[] }) {
  const exporting = useMutation({
    mutationFn: () => exportOf(ids),
    onSuccess: (file) => saveFile(`runs-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`, file),
  });
  return (
    <>
      <Button isDisabled={exporting.isPending} onPress={() => exporting.mutate()}>
        {exporting.isPending ? 'Exporting …' : 'Export'}
      </Button>
      {exporting.error && <ErrorNote error={exporting.error} onRetry={() => exporting.mutate()} />}
    </>
  );
}
