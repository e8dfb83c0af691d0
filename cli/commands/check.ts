/** `tidemark check`: a definition file read and explained, without starting anything. */
import { definitionSchema } from '../../model/definition/file.ts'
import { forecast } from '../../model/forecast.ts'
import { checkHelp, readCheckConfig } from './check/config.ts'
import { assumptionsText, sourceText, totalsText, type Checked } from './check/output.ts'
import { readSources } from '../args/definition.ts'
import { exitCodes } from '../args/exit.ts'

export async function run(argv: string[]): Promise<number> {
  const config = readCheckConfig(argv)
  if (config === null) {
    process.stdout.write(checkHelp)
    return exitCodes.ok
  }
  const { names, partitions } = config
  if (config.print === 'schema') {
    process.stdout.write(`${JSON.stringify(definitionSchema(), null, 2)}\n`)
    return exitCodes.ok
  }
  const checked = readSources(config.file).map(
    (source): Checked => ({
      source,
      forecast: forecast(source, names),
      atBudget: forecast(source, source.budget),
    }),
  )
  const definition = config.file ?? 'the shipped sources'
  if (config.print === 'json') {
    const bytes = checked.reduce((sum, one) => sum + one.forecast.bytes, 0) * partitions
    const bytesAtBudget = checked.reduce((sum, one) => sum + one.atBudget.bytes, 0) * partitions
    process.stdout.write(
      `${JSON.stringify({ definition, sources: checked.map(({ source }) => source), forecast: { names, partitions, bytes, bytesAtBudget, perPartition: Object.fromEntries(checked.map((one) => [one.source.name, one.forecast])) } }, null, 2)}\n`,
    )
    return exitCodes.ok
  }
  process.stdout.write(
    `definition: ${definition}\n${checked.map(sourceText).join('')}\n${totalsText(checked, partitions)}${assumptionsText(checked, names)}`,
  )
  return exitCodes.ok
}
