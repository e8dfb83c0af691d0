/** What an endpoint did since it started. */
import type { DiskFaultKind } from './confirmation.ts'

export interface EndpointCounts {
  clients: number
  accepted: number
  /** Clients turned away at the limit, or because the engine could not be reached. */
  turnedAway: { limit: number; unreachable: number }
  commands: { read: number; write: number; refused: number }
  /** Writes that were vouched for. */
  durable: number
  /** Writes answered "unknown, not lost". */
  unknown: Record<DiskFaultKind, number>
  /** Seconds of one question, the writes that it was for, and why it was not answered yes. */
  confirmation(seconds: number, writes: number, fault: DiskFaultKind | null): void
}

/** `heard` takes the seconds of every question. */
export function openCounts(heard: (seconds: number) => void = () => {}): EndpointCounts {
  return {
    clients: 0,
    accepted: 0,
    turnedAway: { limit: 0, unreachable: 0 },
    commands: { read: 0, write: 0, refused: 0 },
    durable: 0,
    unknown: { few: 0, 'replicas-unknown': 0, refused: 0, unanswered: 0, lost: 0 },
    confirmation(seconds, writes, fault) {
      if (fault !== 'lost') heard(seconds)
      if (fault === null) this.durable += writes
      else this.unknown[fault] += writes
    },
  }
}
