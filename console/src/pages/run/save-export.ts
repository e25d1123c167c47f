import { errorOf } from '../../api/api-error.js';
import { apiBase, send } from '../../api/client.js';
import { saveFile } from '../../ui/save-file.js';

/** More events of a run are not in the file, which says so: a browser keeps all of it in memory. */
const EXPORT_EVENTS_MAX = 50_000;

/** Everything that is stored of a run, as a file. Throws ApiError when the API refuses. */
export async function saveExport(runId: string): Promise<void> {
  const url = new URL(`runs/${encodeURIComponent(runId)}/export`, apiBase);
  url.search = new URLSearchParams({ includeRaw: 'true', eventLimit: String(EXPORT_EVENTS_MAX) }).toString();
  const response = await send(new Request(url));
  if (!response.ok) throw errorOf(response.status, await response.json().catch(() => undefined));
  saveFile(`run-${runId}.json`, await response.blob());
}
