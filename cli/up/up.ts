import { claimDataDirectory, isReadByOthers, makeLogFolder } from './data-lock.ts'
import type { Source } from '../../model/definition.ts'
import { readSources } from '../args/definition.ts'
import { exitCodes } from '../args/exit.ts'
import { supervise, type Supervised, type Supervisor } from './supervise.ts'
import { help, readUpConfig, type UpConfig } from './up-config.ts'
import { planChildren, type UpPlan } from './up-plan.ts'
import { newsText, short, welcome } from './up-output.ts'

/** A terminal's Ctrl-C arrives once from the terminal and once more from npm: within this time it is one press. */
const SAME_PRESS_MS = 1000
/** How long one child may take to drain before it is killed. */
const DRAIN_LIMIT_MS = 15_000
/** After this long without "ready", the user is told whom we are waiting for. */
const PATIENCE_MS = 30_000

type Ending = { exitCode: number; why?: string }

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Resolves at the first signal to stop; a second press runs `abandon` and ends the process. */
function untilSignalled(abandon: () => void): Promise<Ending> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined
    const onSignal = (): void => {
      const nowMs = performance.now()
      if (firstAtMs === undefined) {
        firstAtMs = nowMs
        resolve({ exitCode: exitCodes.ok })
      } else if (nowMs - firstAtMs > SAME_PRESS_MS) {
        abandon()
        say('killed; what was not yet drained is read again from the log at the next start')
        process.exit(exitCodes.interrupted)
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  })
}

/** Starts stage after stage; returns when everything is ready. Children come into `running` in the order of their start. */
async function startAll(
  plan: UpPlan,
  running: Supervised[],
  supervisor: Supervisor,
  stopped: () => boolean,
): Promise<void> {
  for (const stage of plan.stages) {
    if (stopped()) return
    const started = stage.map((spec) => supervise(spec, supervisor))
    running.push(...started)
    const waiting = new Set(started.map((child) => child.name))
    const impatience = setTimeout(
      () => say(`still waiting for ${[...waiting].join(', ')}; see ${short(plan.logFolder)}`),
      PATIENCE_MS,
    )
    impatience.unref()
    await Promise.all(started.map((child) => child.ready.then(() => waiting.delete(child.name))))
    clearTimeout(impatience)
  }
}

/** Stops in the reverse order of the start, so that nobody loses whom it still needs to drain. */
async function drain(running: Supervised[]): Promise<void> {
  for (const child of running.toReversed())
    if (!(await child.stop(DRAIN_LIMIT_MS)))
      say(`${child.name} did not stop within ${DRAIN_LIMIT_MS / 1000} s and was killed`)
}

async function superviseAll(config: UpConfig, plan: UpPlan, sources: readonly Source[]): Promise<number> {
  const startedAtMs = performance.now()
  const running: Supervised[] = []
  let stopped = false
  let giveUp: (ending: Ending) => void
  const hopeless = new Promise<Ending>((resolve) => (giveUp = resolve))
  const supervisor: Supervisor = {
    onFall: (name, why, delayMs) => say(`${name} stopped (${why}); starting it again in ${delayMs / 1000} s`),
    onReadyAgain: (name) => say(`${name} is running again`),
    onNews: (name, line) => say(`${name}: ${newsText(line, plan)}`),
    onHopeless: (name, why, exitCode) => giveUp({ exitCode, why: `${name}: ${why}` }),
  }
  const signalled = untilSignalled(() => running.forEach((child) => child.kill()))
  const up = startAll(plan, running, supervisor, () => stopped).then(() => {
    if (!stopped)
      process.stdout.write(welcome(config, plan, sources, (performance.now() - startedAtMs) / 1000))
  })
  // Whoever fails to start wins; being up is no end, so that promise never resolves the race.
  const ending = await Promise.race([signalled, hopeless, up.then(() => new Promise<never>(() => {}))])
  stopped = true
  if (ending.why === undefined)
    say(
      `\nstopping ${running
        .map((child) => child.name)
        .toReversed()
        .join(', ')} ...`,
    )
  await drain(running)
  if (ending.why === undefined) say(`stopped; everything is kept in ${short(config.data)}`)
  else process.stderr.write(`tidemark cannot run. ${ending.why}\n`)
  return ending.exitCode
}

/** `tidemark up`: everything on this machine, one URL, until Ctrl-C. */
export async function run(argv: string[]): Promise<number> {
  const config = readUpConfig(argv)
  if (config === 'help') {
    process.stdout.write(help)
    return exitCodes.ok
  }
  const sources = readSources(config.definition === undefined ? undefined : short(config.definition)) // its faults are said here, before anything starts
  if (config.definition !== undefined)
    say(`definition: ${short(config.definition)}${config.demo ? '' : ' (so no made-up events)'}`)
  const lock = await claimDataDirectory(config.data)
  if (isReadByOthers(config.data))
    say(
      `others on this machine can look into ${short(config.data)}, where events lie; close it with: chmod -R go= ${short(config.data)}`,
    )
  const exitCode = await start(config, sources).finally(() => lock.release())
  // Not by returning: a pipe of a killed child must not keep this process.
  process.exit(exitCode)
}

async function start(config: UpConfig, sources: readonly Source[]): Promise<number> {
  const plan = await planChildren(config)
  await makeLogFolder(plan.logFolder)
  for (const sentence of plan.moved) say(sentence)
  say(
    `starting ${plan.stages
      .flat()
      .map((child) => child.name)
      .join(', ')} ...`,
  )
  return superviseAll(config, plan, sources)
}
