// What the daemon can be asked about live processes: the seam between the operations, which say what a user may ask, and the
// daemon's state. Failures that a user can cause are Problems: `probe.not_found`, `probe.no_code`, `probe.condition`,
// `probe.ambiguous`, `process.not_found`.
import type {
  EventName,
  LiveEvent,
  MetricKind,
  ProbeCounts,
  ProbeState,
  ProbeType,
  ProcessState,
  RateLimit,
} from "@spoor/protocol/control";

/** Where a probe is wanted, as a user gives it: a line of a file, or a function by its qualified name. */
export type WantedPlace =
  | { readonly file: string; readonly line: number }
  | { readonly function: string; readonly module?: string };

/** What all probes have; texts are not parsed yet. */
export interface ProbeSettings {
  readonly condition: string | null;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly rateLimit: RateLimit;
  readonly hitLimit: number | null;
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null;
  /** Only processes with this id, pid or application name; null: all. */
  readonly process: string | null;
}

export type ProbeWhat =
  | {
      readonly type: "tracepoint";
      readonly expressions: readonly string[];
      readonly globals: readonly string[];
      readonly stack: { readonly frames: number; readonly locals: number };
      readonly waitForEnd: boolean;
      readonly values: "full" | "default" | "shallow" | "none";
    }
  | { readonly type: "logpoint"; readonly message: string }
  | {
      readonly type: "metric";
      readonly name: string;
      readonly kind: MetricKind;
      readonly expression: string | null;
      readonly labels: Readonly<Record<string, string>>;
      readonly buckets: readonly number[];
    };

export interface WantedProbe {
  readonly place: WantedPlace;
  readonly settings: ProbeSettings;
  readonly what: ProbeWhat;
}

export interface Probe extends WantedProbe {
  /** `t1`, `l2`, `m3`: the first letter of its type and a number that is never used again. */
  readonly id: string;
  readonly createdAt: number;
  /** How it stands in each process that it concerns, and what it counted there. */
  readonly processes: readonly { readonly process: string; readonly state: ProbeState; readonly counts: ProbeCounts }[];
  /** Over all processes there ever were. */
  readonly counts: ProbeCounts;
}

export interface LiveProcess {
  readonly id: string;
  readonly name: string;
  readonly pid: number;
  readonly parent: string | null;
  readonly hostname: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly agentVersion: string;
  readonly engine: string;
  readonly features: readonly string[];
  readonly root: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly startedAt: string;
  readonly state: ProcessState;
  readonly held: boolean;
  /** False: it went without farewell less than a minute ago, and may come back. */
  readonly connected: boolean;
  readonly probes: number;
  readonly run: string | null;
}

export interface ProbeFilter {
  readonly type?: ProbeType;
  readonly enabled?: boolean;
  readonly tag?: string;
  /** Id, pid or application name. */
  readonly process?: string;
}

export interface EventFilter {
  readonly name?: EventName;
  readonly probe?: string;
  readonly tag?: string;
  readonly process?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
}

export interface EventPage {
  /** Newest first. */
  readonly events: readonly LiveEvent[];
  /** Give it back to go on with older ones; null: there are none. */
  readonly cursor: string | null;
  /** Events from before were deleted, as the settings say; null: none were. */
  readonly keptFrom: string | null;
}

/** One series of a metric probe, as Prometheus wants it: totals since the daemon first heard of it. */
export interface MetricSeries {
  readonly probe: string;
  readonly name: string;
  readonly kind: MetricKind;
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: number;
  readonly sum: number;
  readonly last: number;
  /** Cumulative, as in the text format of Prometheus; only of histograms and timers. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
}

export interface Health {
  readonly status: "ok" | "degraded";
  /** Why it is degraded: the disk is full, the sink does not answer. */
  readonly troubles: readonly string[];
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly http: { readonly host: string; readonly port: number } | null;
  readonly probes: number;
  /** `dropped` by agents that had no room; `lost` with processes that ended before their events had all arrived. */
  readonly events: {
    readonly received: number;
    readonly stored: number;
    readonly dropped: number;
    readonly lost: number;
  };
  readonly sink: {
    readonly url: string;
    readonly delivered: number;
    readonly waiting: number;
    readonly lost: number;
    readonly failing: string | null;
  } | null;
  readonly processes: readonly LiveProcess[];
}

export interface Live {
  health(): Promise<Health>;
  processes(): Promise<readonly LiveProcess[]>;
  /** Parses, asks connected processes where the place is, keeps and sends. Answers when each process that it concerns has said how it stands, after 1 s at most. */
  add(wanted: WantedProbe): Promise<Probe>;
  change(
    id: string,
    change: { readonly settings?: Partial<ProbeSettings>; readonly what?: Partial<ProbeWhat> },
  ): Promise<Probe>;
  remove(id: string): Promise<Probe>;
  probe(id: string): Promise<Probe>;
  probes(filter: ProbeFilter): Promise<readonly Probe[]>;
  /** Enables or disables the probes with any of the tags; answers with them. */
  setTags(tags: readonly string[], enabled: boolean): Promise<readonly Probe[]>;
  /** Wakes or puts to sleep one process, by id, pid or unique application name. */
  setState(process: string, state: ProcessState): Promise<LiveProcess>;
  events(filter: EventFilter, limit: number, cursor: string | null): Promise<EventPage>;
  /** Every event from now on that fits, until the signal. A listener that falls behind by `capacity` events is told how many it missed. */
  follow(
    filter: EventFilter,
    signal: AbortSignal,
    capacity: number,
  ): AsyncIterable<LiveEvent | { readonly missed: number }>;
  metrics(): Promise<readonly MetricSeries[]>;
}
