/** Which of some numbered things changed: each once, in the order in which they were noted. */
export class Marks {
  readonly list: number[] = []
  readonly #isNoted: Uint8Array

  /** `count`: numbers are below it. */
  constructor(count: number) {
    this.#isNoted = new Uint8Array(count)
  }

  note(number: number): void {
    if (this.#isNoted[number] === 1) return
    this.#isNoted[number] = 1
    this.list.push(number)
  }

  has(number: number): boolean {
    return this.#isNoted[number] === 1
  }

  clear(): void {
    for (let at = 0; at < this.list.length; at++) this.#isNoted[this.list[at]!] = 0
    this.list.length = 0
  }
}
