/**
 * Leaves out of the build what the page never asks of uPlot: its axes, legend, cursor, selection and dates (ours are in `chart/`), and the paths that are not
 * straight lines. uPlot has no switches for them in its published form, so each is found by its text; a version in which one has moved fails the build.
 */
import type { Plugin } from 'vite'

const cuts: readonly (readonly [from: RegExp, to: string])[] = [
  [/const showLegend = legend\.show;/, 'const showLegend = false;'],
  [/const showCursor =\s+cursor\.show;/, 'const showCursor = false;'],
  [/select\.show/g, 'false'],
  [/\(paths\.stepped = stepped\);/, ''],
  [/\(paths\.bars {4}= bars\);/, ''],
  [/\(paths\.spline {2}= monotoneCubic\);/, ''],
  [/uPlot\.join = join;/, ''],
  [/uPlot\.fmtDate = fmtDate;/, ''],
  [/uPlot\.tzDate {2}= tzDate;/, ''],
  [/uPlot\.sync = _sync;/, ''],
  [/axes: drawAxesGrid,/, 'axes: noop,'],
  [/self\.setCursor = \(opts, _fire, _pub\) => \{/, 'const noCursor = (opts, _fire, _pub) => {'],
  [
    /self\.(?:setLegend = setLegend|setSelect = setSelect|addSeries = addSeries|delSeries = delSeries|addBand = addBand|setBand = setBand|delBand = delBand);/g,
    '',
  ],
  [/const FEAT_TIME\s+= true;/, 'const FEAT_TIME = false;'],
  [/const _timeAxisSplits = .*;/, 'const _timeAxisSplits = null;'],
  [/const _timeAxisVals {3}= .*;/, 'const _timeAxisVals = null;'],
  [/const _timeSeriesVal {2}= .*;/, 'const _timeSeriesVal = null;'],
  [/= genTimeStuffs\(1\);/, '= [null, null, null];'],
  [/= genTimeStuffs\(1e-3\);/, '= [null, null, null];'],
  // Bodies behind a return are left out: no cursor is ever set, no axis is ever drawn, no scale is logarithmic.
  [/function updateCursor\(src, _fire, _pub\) \{/, '$& return;'],
  [/function drawAxesGrid\(\) \{/, '$& return;'],
  [/function cacheMouse\(e, src, _l, _t, _w, _h, _i, initial, snap\) \{/, '$& return;'],
  [/function rangeLog\(min, max, base, fullMags\) \{/, '$& return [min, max];'],
  [
    /function logAxisSplits\(self, axisIdx, scaleMin, scaleMax, foundIncr, foundSpace, forceMin\) \{/,
    '$& return [];',
  ],
  [/function initAxis\(axis, i\) \{/, '$& return;'],
  [/function axesCalc\(cycleNum\) \{/, '$& return true;'],
  [/function calcAxesRects\(\) \{/, '$& return;'],
  [/function setSeries\(i, opts, _fire, _pub\) \{/, '$& return;'],
  [/self\.setSeries = setSeries;/, ''],
  [/self\.posToIdx = closestIdxFromXpos;/, ''],
  // One mode of two, no scale but the page's own, no points but the painter's, no words but the page's.
  [/const mode = (?:self|u)\.mode;/g, 'const mode = 1;'],
  [/let mode = self\.mode;/, 'const mode = 1;'],
  [/const _fmtDate = \(opts\.fmtDate \|\| fmtDate\);/, 'const _fmtDate = null;'],
  [/const _tzDate {2}= .*;/, 'const _tzDate = null;'],
  [/const (decIncrs|oneIncrs) = genIncrs\(.*\);/g, 'const $1 = [];'],
  [/genIncrs\(2, -53, 53, \[1\]\);/, ''],
  [/const pointsPath = points\(\) ;/, 'const pointsPath = null;'],
  [/uPlot\.paths = \{\s+points,\s+\};/, 'uPlot.paths = {};'],
  [/function rangeAsinh\(min, max, base, fullMags\) \{/, '$& return [min, max];'],
  [/function rangeNum\(_min, _max, mult, extra\) \{/, '$& return [_min, _max];'],
  [
    /uPlot\.(?:assign = assign|fmtNum = fmtNum|rangeNum = rangeNum|rangeLog = rangeLog|rangeAsinh = rangeAsinh|orient {3}= orient|addGap = addGap|clipGaps = clipGaps);/g,
    '',
  ],
  [/if \(cursor\.dataIdx == null\) \{/, 'if (false) {'],
  [/events\.(?:mousedown = mouseDown|mousemove = mouseMove|mouseup = mouseUp|dblclick = dblClick);/g, ''],
  [/(?:mousedown|mouseup|click|dblclick): {4,}filtBtn0,/g, ''],
  [/(?:mousemove|mouseleave|mouseenter): {2,}filtTarg,/g, ''],
  // Ranges are the page's, along straight scales; padding is in numbers; no plot follows another, no font is uPlot's.
  [/const getVal = \(\s+sc\.distr == 3[\s\S]*?\n\t\t\);/, 'const getVal = (val) => val;'],
  [/if \(scaleKey != xScaleKey \|\| \(mode == 2 && !isTime\)\) \{/, 'if (false) {'],
  [/if \(scaleOpts\.from != null\) \{/, 'if (false) {'],
  [/sc\.range = fnOrSelf\(rn \|\| \([\s\S]*?\n\t\t\t\t\)\);/, 'sc.range = fnOrSelf(rn);'],
  [/sc\.(_min|_max) = distr == 3 \?.*?: sc\.(min|max);/g, 'sc.$1 = sc.$2;'],
  [
    /distr == 3 \? pow\(10, sv\) :\s+distr == 4 \? sinh\(sv, sc\.asinh\) :\s+distr == 100 \? sc\.bwd\(sv\) :/,
    '',
  ],
  [/else if \(_min == _max\) \{/, 'else if (false) {'],
  [/function autoPadSide\(self, side, sidesWithAxes, cycleNum\) \{/, '$& return 0;'],
  [/const sync = _sync\(syncKey\);/, 'const sync = { pub: noop, sub: noop, unsub: noop, plots: [] };'],
  [/function seriesPointsShow\(self, si\) \{/, '$& return false;'],
  [/function numSeriesVal\(self, val, seriesIdx, dataIdx\) \{/, '$& return val;'],
  [/const font {6}= .*;/, "const font = '11px';"],
  [/function cursorPointShow\(self, si\) \{/, '$& return;'],
  [/on\("click", wrap, e => \{/, 'noop(e => {'],
]

export const uPlotSlim: Plugin = {
  name: 'uplot-slim',
  transform(code, id) {
    if (!id.includes('uPlot.esm')) return null
    let slim = code
    for (const [from, to] of cuts) {
      if (slim.search(from) < 0) this.error(`uPlot is no longer as dashboard/uplot-slim.ts knows it: ${from}`)
      slim = slim.replace(from, to)
    }
    return { code: slim, map: null }
  },
}
