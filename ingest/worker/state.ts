/**
 * What the worker of a partition is at, and where each event leads: all of it, so that nothing is decided elsewhere.
 *
 *     unknown --found--> folding      it asked the store where it stands, and counts on from there
 *     unknown, folding --failed--> resting --again--> unknown     something that passes; nothing that was believed is kept
 *     unknown, folding --halted--> halted --again--> unknown      going on would make a number untrue (halt.ts)
 *     unknown, folding --passed--> unknown                        a halt that an operator went past
 *     any --stop--> stopped
 */
export type WorkerState = 'unknown' | 'folding' | 'resting' | 'halted' | 'stopped'
export type WorkerEvent = 'found' | 'failed' | 'halted' | 'passed' | 'again' | 'stop'

const TABLE: Readonly<Record<WorkerState, Readonly<Record<WorkerEvent, WorkerState>>>> = {
  unknown: {
    found: 'folding',
    failed: 'resting',
    halted: 'halted',
    passed: 'unknown',
    again: 'unknown',
    stop: 'stopped',
  },
  folding: {
    found: 'folding',
    failed: 'resting',
    halted: 'halted',
    passed: 'unknown',
    again: 'folding',
    stop: 'stopped',
  },
  resting: {
    found: 'resting',
    failed: 'resting',
    halted: 'halted',
    passed: 'resting',
    again: 'unknown',
    stop: 'stopped',
  },
  halted: {
    found: 'halted',
    failed: 'halted',
    halted: 'halted',
    passed: 'halted',
    again: 'unknown',
    stop: 'stopped',
  },
  stopped: {
    found: 'stopped',
    failed: 'stopped',
    halted: 'stopped',
    passed: 'stopped',
    again: 'stopped',
    stop: 'stopped',
  },
}

export const nextState = (state: WorkerState, event: WorkerEvent): WorkerState => TABLE[state][event]

/** Only then is what it was fetched taken. */
export const takesRecords = (state: WorkerState): boolean => state !== 'halted' && state !== 'stopped'
