// The messages between a live process' agent and the daemon (spec/control.md), and the shapes of probes and events.
import type { Value } from "./values.ts";
import type { Expression, Template } from "./conditions/syntax.ts";

export const controlProtocol = 1;
export const maxMessageBytes = 1024 * 1024;

export type ProcessState = "asleep" | "awake";
export type ProbeType = "tracepoint" | "logpoint" | "metric";
export type MetricKind = "counter" | "gauge" | "histogram" | "timer";

export interface Client {
  readonly hostname: string;
  readonly applicationName: string;
  readonly applicationInstanceId: string;
  readonly agentVersion: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
}

export type Place =
  | { readonly kind: "line"; readonly file: string; readonly line: number }
  | { readonly kind: "function"; readonly function: string; readonly module?: string };

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface NamedExpression {
  readonly text: string;
  readonly expression: Expression;
}

interface ArmedProbeBase {
  readonly id: string;
  /** Goes up when somebody changes the probe or enables it again: its limits and its budget then begin anew. */
  readonly edition: number;
  readonly place: Place;
  readonly tags: readonly string[];
  readonly condition: Expression | null;
  readonly rateLimit: RateLimit;
  readonly hitLimit: number | null;
  readonly expiresInMs: number;
}

export interface ArmedTracepoint extends ArmedProbeBase {
  readonly type: "tracepoint";
  readonly expressions: readonly NamedExpression[];
  readonly globals: readonly string[];
  /** How many frames, and of how many of them, from the innermost, the locals. */
  readonly stack: { readonly frames: number; readonly locals: number };
  readonly waitForEnd: boolean;
  readonly values: "full" | "default" | "shallow" | "none";
}

export interface ArmedLogpoint extends ArmedProbeBase {
  readonly type: "logpoint";
  readonly message: Template;
}

export interface ArmedMetric extends ArmedProbeBase {
  readonly type: "metric";
  readonly metric: {
    readonly name: string;
    readonly kind: MetricKind;
    readonly expression: Expression | null;
    readonly labels: readonly { readonly name: string; readonly expression: Expression }[];
    readonly buckets: readonly number[];
  };
}

/** A probe as an agent gets it: parsed, and only what concerns that process. */
export type ArmedProbe = ArmedTracepoint | ArmedLogpoint | ArmedMetric;

export type ProbeState =
  | { readonly id: string; readonly state: "waiting" | "asleep" }
  | {
      readonly id: string;
      readonly state: "placed";
      readonly file: string;
      readonly line: number;
      readonly function: string;
      readonly moved?: boolean;
      /** Why some hits are not seen, such as a thread that another tool traces. */
      readonly note?: string;
    }
  | {
      readonly id: string;
      readonly state: "failed";
      readonly code: "no_code" | "ambiguous" | "source_differs" | "unsupported";
      readonly message: string;
      readonly nearest?: readonly number[];
      readonly files?: readonly string[];
    }
  | { readonly id: string; readonly state: "ended"; readonly why: "hit_limit" | "expired" }
  | { readonly id: string; readonly state: "over_budget"; readonly message: string };

/** Cumulative in one process: `hits = sent + unmet + limited + dropped`; `errors` is part of `unmet`. */
export interface ProbeCounts {
  readonly hits: number;
  readonly sent: number;
  readonly unmet: number;
  readonly limited: number;
  readonly dropped: number;
  readonly errors: number;
  readonly costNs: number;
}

export const eventNames = [
  "probe.hit.snapshot",
  "probe.hit.logpoint",
  "probe.hit.metric",
  "probe.error.condition",
  "probe.error.snapshot",
  "probe.error.rateLimit",
  "agent.status.started",
  "agent.status.stopped",
] as const;
export type EventName = (typeof eventNames)[number];

export type Payload = { readonly [key: string]: Value };

/** An event as an agent sends it; its number is its place after the message's `first`. */
export interface SentEvent {
  readonly name: EventName;
  /** Milliseconds since 1970, with fractions. */
  readonly time: number;
  readonly payload: Payload;
}

/** An event as it is kept, forwarded and shown. */
export interface LiveEvent {
  readonly id: string;
  readonly name: EventName;
  readonly timestamp: string;
  readonly client: Client;
  readonly payload: Payload;
}

export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly id: string;
  readonly parent: string | null;
  readonly client: Client;
  readonly pid: number;
  readonly nativeStart: string;
  readonly ppid: number;
  readonly root: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly startedAt: string;
  readonly state: ProcessState;
  readonly held: boolean;
  readonly engine: string;
  readonly features: readonly string[];
  readonly run: { readonly directory: string; readonly process: string } | null;
  readonly firstEvent: number;
}

export type Resolution =
  | { readonly found: true; readonly file: string; readonly line: number; readonly function: string }
  | { readonly found: false; readonly why: "no_code"; readonly file: string; readonly nearest: readonly number[] }
  | { readonly found: false; readonly why: "ambiguous"; readonly files: readonly string[] }
  | { readonly found: false; readonly why: "unknown" };

export type FromAgent =
  | Hello
  | { readonly type: "state"; readonly state: ProcessState; readonly held: boolean }
  | { readonly type: "probes"; readonly revision: number; readonly probes: readonly ProbeState[] }
  | { readonly type: "events"; readonly first: number; readonly events: readonly SentEvent[] }
  /** `made`: the number of the last event until then, whether it was sent or not. */
  | {
      readonly type: "counts";
      readonly made?: number | undefined;
      readonly probes: { readonly [id: string]: ProbeCounts };
    }
  | ({ readonly type: "resolved"; readonly request: number } & Resolution)
  | { readonly type: "pong" }
  | { readonly type: "bye"; readonly why: string };

export type FromDaemon =
  | { readonly type: "welcome"; readonly protocol: number; readonly version: string }
  | { readonly type: "refused"; readonly code: string; readonly message: string }
  | {
      readonly type: "desire";
      readonly revision: number;
      readonly state: ProcessState | null;
      readonly probes: readonly ArmedProbe[];
      readonly budget: number;
    }
  | { readonly type: "stored"; readonly to: number }
  | { readonly type: "resolve"; readonly request: number; readonly place: Place }
  | { readonly type: "ping" };
