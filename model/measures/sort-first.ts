/** Up to so many, the built-in sort costs more to call than it saves. */
const FEW = 400
/** Of Ciura. */
const GAPS = [132, 57, 23, 10, 4, 1]

/** Puts the first `count` in ascending order. */
export function sortFirst(numbers: Float64Array, count: number): void {
  if (count > FEW) {
    numbers.subarray(0, count).sort()
    return
  }
  for (let g = 0; g < GAPS.length; g++) {
    const gap = GAPS[g]!
    for (let at = gap; at < count; at++) {
      const one = numbers[at]!
      let to = at
      for (; to >= gap && numbers[to - gap]! > one; to -= gap) numbers[to] = numbers[to - gap]!
      numbers[to] = one
    }
  }
}
