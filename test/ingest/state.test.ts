import { expect, test } from 'vitest'
import { nextState, type WorkerEvent, type WorkerState } from '../../ingest/worker/state.ts'

const STATES: WorkerState[] = ['unknown', 'folding', 'resting', 'halted', 'stopped']
const EVENTS: WorkerEvent[] = ['found', 'failed', 'halted', 'passed', 'again', 'stop']

test('L3: after a failure or a halt a worker comes to folding only by asking the store', () => {
  for (const from of ['resting', 'halted'] as const)
    for (const event of EVENTS) expect(nextState(from, event)).not.toBe('folding')
  expect(nextState(nextState('resting', 'again'), 'found')).toBe('folding')
  expect(nextState(nextState('halted', 'again'), 'found')).toBe('folding')
  for (const event of ['failed', 'halted', 'passed'] as const)
    expect(nextState('folding', event)).not.toBe('folding')
})

test('told to stop it stops, whatever it is at, and nothing begins it again', () => {
  for (const state of STATES) expect(nextState(state, 'stop')).toBe('stopped')
  for (const event of EVENTS) expect(nextState('stopped', event)).toBe('stopped')
})
