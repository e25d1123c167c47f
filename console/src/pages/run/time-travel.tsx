import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, Pause, Play, SkipBack, SkipForward } from 'lucide-react';
import { useEffect, useEffectEvent, useMemo, useRef, useState, type ReactNode } from 'react';
import { Label, Slider, SliderThumb, SliderTrack } from 'react-aria-components';
import { queries } from '../../api/queries.js';
import type { EventType, RunEvent, RunState } from '../../api/types.js';
import { Button } from '../../ui/button.js';
import { Choice } from '../../ui/select.js';
import { Clock } from '../../ui/time.js';
import { MomentsCompared } from './moments-compared.js';
import { paceOf, SPEEDS, thinned, type Speed } from './playback.js';
import type { Moment } from './use-moment.js';

/** What can change the decision. */
const TURNS: readonly EventType[] = ['proposal.created', 'proposal.updated', 'policy.denied', 'decision.finalized'];
/** Marks on the track; a run with more turns shows as many, evenly thinned. */
const MARKS_MAX = 150;
/** While the thumb is dragged, the address follows at most this often. Milliseconds. */
const DRAG_MS = 80;

interface TimeTravelProps {
  readonly runId: string;
  readonly moment: Moment;
  /** Some state of the run, for as long as that of the moment is not there. */
  readonly known: RunState;
}

/** The whole run under one slider: drag, step, play, jump to what changed the decision, compare two moments. */
export function TimeTravel({ runId, moment, known }: TimeTravelProps) {
  const { state } = moment;
  const { versus } = useSearch({ from: '/runs/$runId' });
  const [highest, setHighest] = useState(0);
  // While the stream does not speak, the latest moment that was shown is the latest that is known.
  const latest = Math.max(highest, moment.feed.latestSeq, known.timeline.latestSeq);
  if (latest > highest) setHighest(latest);
  const { at, shown, go } = useTravel(moment.at, latest);
  const isShown = state !== undefined && !moment.isLate && moment.at === at;
  const isMissing = at !== undefined && moment.error !== undefined;
  const player = usePlayer({ shown, isShown, isMissing, latest, go });
  const turns = useTurns(runId, moment.feed.tail, at !== undefined);
  return (
    <section className="travel" aria-label="Time travel">
      {versus !== undefined && <MomentsCompared runId={runId} state={state ?? known} versus={versus} />}
      <div className="travel-bar">
        <Buttons runId={runId} at={at} shown={shown} latest={latest} go={go} player={player} />
        <Track shown={shown} latest={latest} turns={turns} go={go} />
        <span className="travel-where number" role="status">
          {at === undefined ? 'Now' : <MomentWords shown={shown} latest={latest} {...(isShown && { state })} />}
        </span>
        <CompareButton shown={shown} />
        <Button
          look={at === undefined ? 'quiet' : 'primary'}
          isDisabled={at === undefined}
          onPress={() => go(undefined)}
        >
          {moment.feed.link === 'ended' ? 'Back to the end' : 'Back to live'}
        </Button>
      </div>
    </section>
  );
}

/** Which moment it is, and once its state is there, when that was. */
function MomentWords({ state, shown, latest }: { state?: RunState; shown: number; latest: number }) {
  const ts = state?.timeline.recent.at(-1)?.ts;
  return (
    <>
      event {shown} of {latest} {ts !== undefined && <Clock iso={ts} />}
    </>
  );
}

/** Where we are, and how to get elsewhere. What is dragged shows at once; the address, and with it every panel, keeps up. */
function useTravel(at: number | undefined, latest: number) {
  const navigate = useNavigate({ from: '/runs/$runId' });
  const [wanted, want] = useState<number>();
  const pending = useRef<{ seq: number; timer: number }>(undefined);
  const drop = (): void => {
    window.clearTimeout(pending.current?.timer);
    pending.current = undefined;
  };
  useEffect(() => drop, []);
  const arrive = (): void => {
    const seq = pending.current?.seq;
    drop();
    if (seq === undefined) return;
    const arrived = (): void => want((current) => (current === seq ? undefined : current));
    void navigate({ search: (before) => ({ ...before, at: seq }), replace: true }).then(arrived);
  };
  const go = (seq: number | undefined): void => {
    if (seq === undefined) {
      drop();
      want(undefined);
      void navigate({ search: ({ at: _at, ...rest }) => rest, replace: true });
      return;
    }
    const target = Math.min(latest, Math.max(1, seq));
    want(target);
    if (pending.current) pending.current.seq = target;
    else pending.current = { seq: target, timer: window.setTimeout(arrive, DRAG_MS) };
  };
  return { at: wanted ?? at, shown: Math.min(latest, wanted ?? at ?? latest), go };
}

type Go = (seq: number | undefined) => void;

interface Player {
  readonly playing: boolean;
  readonly speed: Speed;
  readonly toggle: () => void;
  readonly setSpeed: (speed: Speed) => void;
}

interface Playing {
  readonly shown: number;
  /** Whether the page shows that moment already. Playing waits for it: what is not seen need not be played. */
  readonly isShown: boolean;
  /** Whether it cannot be had: then there is nothing to wait for. */
  readonly isMissing: boolean;
  readonly latest: number;
  readonly go: Go;
}

function usePlayer({ shown, isShown, isMissing, latest, go }: Playing): Player {
  const [playing, play] = useState(false);
  const [speed, setSpeed] = useState<Speed>(2);
  const advance = useEffectEvent(() => {
    if (shown >= latest || isMissing) play(false);
    else if (isShown) go(shown + paceOf(speed).step);
  });
  useEffect(() => {
    if (!playing) return;
    const timer = window.setInterval(advance, paceOf(speed).tickMs);
    return () => window.clearInterval(timer);
  }, [playing, speed]);
  const toggle = (): void => {
    // At the end there is nothing left to play: from the beginning, then.
    if (!playing && shown >= latest) go(1);
    play(!playing);
  };
  return { playing, speed, toggle, setSpeed };
}

/** The seqs of what changed the decision, for the marks: the first of them, loaded once somebody travels, and the newest. */
function useTurns(runId: string, tail: readonly RunEvent[], isWanted: boolean): readonly number[] {
  const { data } = useQuery({ ...queries.turns(runId, TURNS), enabled: isWanted });
  return useMemo(() => {
    if (data === undefined) return [];
    const last = data.at(-1) ?? 0;
    const since = tail.filter(({ seq, type }) => seq > last && TURNS.includes(type));
    return [...data, ...since.map(({ seq }) => seq)];
  }, [data, tail]);
}

interface ButtonsProps {
  readonly runId: string;
  /** Undefined: live. */
  readonly at: number | undefined;
  readonly shown: number;
  readonly latest: number;
  readonly go: Go;
  readonly player: Player;
}

function Buttons({ runId, at, shown, latest, go, player }: ButtonsProps) {
  const client = useQueryClient();
  // Asked for when it is wanted: a run may have more turns than anybody loads.
  const turning = useMutation({
    mutationFn: async (side: 'before' | 'after') => {
      const turn = await client.query(queries.neighbour(runId, TURNS, shown, side));
      return { from: at, to: turn ?? (side === 'before' ? 1 : latest) };
    },
  });
  const turn = useEffectEvent(({ from, to }: { readonly from: number | undefined; readonly to: number }) => {
    // Whoever went to another moment before the answer came is left there.
    if (from === at) go(to);
  });
  useEffect(() => {
    if (turning.data) turn(turning.data);
  }, [turning.data]);
  return (
    <div className="travel-buttons" role="group" aria-label="Playing">
      <Step name="To the turn before" isDisabled={shown <= 1} onPress={() => turning.mutate('before')}>
        <SkipBack size={16} aria-hidden="true" />
      </Step>
      <Step name="One event back" isDisabled={shown <= 1} onPress={() => go(shown - 1)}>
        <ChevronLeft size={18} aria-hidden="true" />
      </Step>
      <Step name={player.playing ? 'Pause' : 'Play'} isDisabled={latest < 2} onPress={player.toggle}>
        {player.playing ? <Pause size={18} aria-hidden="true" /> : <Play size={18} aria-hidden="true" />}
      </Step>
      <Step name="One event on" isDisabled={shown >= latest} onPress={() => go(shown + 1)}>
        <ChevronRight size={18} aria-hidden="true" />
      </Step>
      <Step name="To the next turn" isDisabled={shown >= latest} onPress={() => turning.mutate('after')}>
        <SkipForward size={16} aria-hidden="true" />
      </Step>
      <Choice
        label="Speed"
        bare
        value={String(player.speed)}
        options={SPEEDS.map((speed) => [String(speed), `${speed}/s`])}
        onChange={(chosen) => player.setSpeed(SPEEDS.find((speed) => String(speed) === chosen) ?? 2)}
      />
      {turning.error && (
        <span className="stale" role="alert">
          {turning.error.message}
        </span>
      )}
    </div>
  );
}

interface StepProps {
  readonly name: string;
  readonly isDisabled: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

function Step({ name, isDisabled, onPress, children }: StepProps) {
  return (
    <Button look="quiet" aria-label={name} isDisabled={isDisabled} onPress={onPress}>
      {children}
    </Button>
  );
}

interface TrackProps {
  readonly shown: number;
  readonly latest: number;
  readonly turns: readonly number[];
  readonly go: Go;
}

function Track({ shown, latest, turns, go }: TrackProps) {
  const end = Math.max(2, latest);
  const marks = useMemo(() => thinned(turns, MARKS_MAX), [turns]);
  return (
    <Slider className="slider" minValue={1} maxValue={end} value={shown} onChange={go}>
      <Label className="visually-hidden">Moment of the run, as an event number</Label>
      <SliderTrack className="slider-track">
        {marks.map((seq) => (
          <span key={seq} className="slider-mark" style={{ left: `${(100 * (seq - 1)) / (end - 1)}%` }} />
        ))}
        <SliderThumb className="slider-thumb" />
      </SliderTrack>
    </Slider>
  );
}

function CompareButton({ shown }: { shown: number }) {
  const { versus } = useSearch({ from: '/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  if (versus !== undefined) return null;
  return (
    <Button
      look="quiet"
      onPress={() => void navigate({ search: (before) => ({ ...before, versus: shown, at: shown }), replace: true })}
    >
      Compare
    </Button>
  );
}
