import { expect, test } from 'vitest'
import { storeError } from '../../store/errors.ts'
import { versionFaults } from '../../store/version-faults.ts'

test('a version that is known to lose data is said, with the one that mends it', () => {
  expect(versionFaults('valkey', '8.0.1').join('\n')).toMatch(
    /user default off[^]*8\.0\.11[^]*torn transaction/,
  )
  expect(versionFaults('valkey', '8.1.9').join('\n')).toMatch(/torn transaction.*fixed in 8\.1\.10/)
  for (const version of ['7.2.5', '8.0.11', '8.1.10', '9.1.2'])
    expect(versionFaults('valkey', version)).toEqual([])
  expect(versionFaults('redis', '8.0.1')).toEqual([])
})

test('an engine without Lua is named as that', () => {
  const reply = Object.assign(new Error("ERR Engine 'lua' not found"), { name: 'ReplyError' })
  expect(storeError(reply)).toMatchObject({ code: 'STORE_UNSUITABLE' })
  expect(storeError(reply).message).toMatch(/Lua module/)
})
