// Peers on the JVM: their jars come by Maven into .cache/bench, their one file is compiled there.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, cpSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root, start } from '../../test/campaign/lib/processes.mjs'

function compiled(name) {
  const cache = join(root, '.cache/bench', name)
  const lib = join(cache, 'lib')
  const source = join(root, 'bench/java', `${name}.java`)
  const pom = join(root, 'bench/java', `${name}.pom.xml`)
  const isOld = (file) =>
    !existsSync(file) || statSync(file).mtimeMs < Math.max(statSync(source).mtimeMs, statSync(pom).mtimeMs)
  if (isOld(join(cache, 'pom.xml')) || !existsSync(lib) || readdirSync(lib).length === 0) {
    rmSync(cache, { recursive: true, force: true })
    mkdirSync(cache, { recursive: true })
    cpSync(pom, join(cache, 'pom.xml'))
    execFileSync(
      'mvn',
      ['-q', '-B', '-f', join(cache, 'pom.xml'), 'dependency:copy-dependencies', '-DoutputDirectory=lib'],
      { stdio: 'inherit' },
    )
  }
  if (isOld(join(cache, 'classes', `${name}.class`)))
    execFileSync('javac', ['-nowarn', '-cp', join(lib, '*'), '-d', join(cache, 'classes'), source], {
      stdio: 'inherit',
    })
  return `${join(cache, 'classes')}:${join(lib, '*')}`
}

/** A peer in Java: `NAME KAFKA TOPIC COUNT`. It prints `began`, then `done N`. */
export const javaPeer = (title, name, measure) => ({
  name: title,
  async run({ workload, count, ...engines }) {
    const opens = [
      'java.base/java.util',
      'java.base/java.lang',
      'java.base/java.time',
      'java.base/java.util.concurrent',
    ].flatMap((what) => ['--add-opens', `${what}=ALL-UNNAMED`])
    const child = start('java', [
      '-Xmx1g',
      ...opens,
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      compiled(name),
      name,
      engines.kafka.address,
      workload.topic,
      String(count),
    ])
    const figures = await measure(
      engines,
      child,
      () => child.says('began', 120_000),
      () => child.says('done', 900_000),
    )
    // The main thread of a JVM only starts the others.
    return {
      ...figures,
      mainCpu: NaN,
      wrong: Number(/done (\d+)/.exec(child.out.text)?.[1]) === count ? 0 : 1,
    }
  },
})
