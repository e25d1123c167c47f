import { coldStart } from './scenarios/cold-start.js';
import { consoleUse } from './scenarios/console.js';
import { fanOut } from './scenarios/fan-out.js';
import { growth } from './scenarios/growth.js';
import { idleRuns } from './scenarios/idle-runs.js';
import { idleStreams } from './scenarios/idle-streams.js';
import { ingest } from './scenarios/ingest.js';
import { latency } from './scenarios/latency.js';
import { launch } from './scenarios/launch.js';
import { list } from './scenarios/list.js';
import { resume } from './scenarios/resume.js';
import { size } from './scenarios/size.js';
import { slowReader } from './scenarios/slow-reader.js';
import { soak } from './scenarios/soak.js';
import { start } from './scenarios/start.js';
import { state } from './scenarios/state.js';
import type { Scenario } from './support/scenario.js';

/** All scenarios, in the order of the bars. */
export const SCENARIOS: readonly Scenario[] = [
  launch,
  start,
  ingest,
  growth,
  latency,
  fanOut,
  idleStreams,
  slowReader,
  resume,
  state,
  list,
  size,
  soak,
  coldStart,
  idleRuns,
  consoleUse,
];
