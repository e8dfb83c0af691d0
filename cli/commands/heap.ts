import { setFlagsFromString } from 'node:v8'

/** How much V8's heap may grow over what lives in it before all of it is looked through, percent. */
export function letHeapGrow(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}
