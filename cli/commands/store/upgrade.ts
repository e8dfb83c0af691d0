/** `tidemark store upgrade`: another engine for every node of a store, one at a time, while it is used. */
import { exitCodes } from '../../args/exit.ts'
import { act } from './act.ts'
import { help, readStoreUpgradeConfig } from './upgrade-config.ts'
import { upgradeElsewhere } from './upgrading-elsewhere.ts'
import { upgradeLocal } from './upgrading.ts'

export async function run(argv: string[]): Promise<number> {
  const config = readStoreUpgradeConfig(argv)
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  if (config === 'help') process.stdout.write(help)
  else if ('here' in config) {
    const { here } = config
    await act(here.dataDir, () => upgradeLocal({ ...here, say }))
  } else await upgradeElsewhere({ ...config.elsewhere, say })
  return exitCodes.ok
}
