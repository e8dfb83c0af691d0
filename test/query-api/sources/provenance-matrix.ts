/** The matrix of what an answer may say of itself (law L9): what Kafka, the worker and the store each know, and what follows. */
import { NOW, SECOND, fill, whole, type Row } from './provenance-case.ts'

export const matrix: Record<string, Row> = {
  'all is counted': {
    partitions: [whole, whole],
    says: {
      complete: 1,
      behindRecords: 0,
      asOfMs: NOW - 300,
      lagMs: 300,
      logEnd: { from: 'kafka', atMs: NOW - 300 },
    },
  },
  'partitions were added between the reading of the cells and the last look at Kafka': {
    partitions: [whole, whole],
    kafkaHas: 4,
    says: {
      complete: 0.5,
      partitions: 4,
      incomplete: [
        { partition: 2, state: 'unopened', why: 't/2 was added a moment ago' },
        { partition: 3, state: 'unopened' },
      ],
    },
  },
  'the worker was stopped and nothing came since': {
    partitions: [
      {
        next: 10,
        reportedAgoMs: 60_000,
        kafka: [
          [10, 60_000],
          [10, 300],
        ],
      },
    ],
    says: {
      complete: 0,
      behindRecords: 0,
      asOfMs: NOW - 300,
      incomplete: [{ partition: 0, state: 'stale' }],
    },
  },
  'the worker was stopped and records wait': {
    partitions: [
      {
        next: 10,
        reportedAgoMs: 30_000,
        lastTsAgoMs: 31_000,
        kafka: [
          [10, 32_000],
          [10, 29_000],
          [14, 28_000],
          [40, 300],
        ],
      },
    ],
    says: { complete: 0, behindRecords: 30, asOfMs: NOW - 29_000, lagMs: 29_000 },
  },
  'the worker was stopped a moment ago, is not yet stale, and records wait': {
    partitions: [
      {
        next: 10,
        reportedAgoMs: 3000,
        lastTsAgoMs: 4000,
        kafka: [
          [10, 3500],
          [12, 2000],
          [40, 300],
        ],
      },
    ],
    says: { complete: 1, behindRecords: 30, asOfMs: NOW - 3000 },
  },
  'far behind: up to the last record counted, not up to when its worker looked': {
    partitions: [{ next: 10, end: 1_000_000, lastTsAgoMs: 7 * 3600 * SECOND, kafka: [[1_000_000, 300]] }],
    says: { complete: 1, behindRecords: 999_990, asOfMs: NOW - 7 * 3600 * SECOND },
  },
  "behind on a topic whose timestamps are a producer's word, an hour ahead": {
    partitions: [
      {
        next: 10,
        end: 20,
        lastTsAgoMs: -3600 * SECOND,
        kafka: [
          [20, 5000],
          [20, 300],
        ],
      },
    ],
    says: { behindRecords: 10, asOfMs: NOW - 5000, lagMs: 5000 },
  },
  'behind, and nobody saw since when: never ahead of now': {
    partitions: [{ next: 10, end: 20, lastTsAgoMs: -3600 * SECOND }],
    kafkaAway: true,
    says: { behindRecords: 10, asOfMs: NOW, lagMs: 0, logEnd: { from: 'worker' } },
  },
  'a transaction stays open: the end is past what can be counted': {
    partitions: [
      {
        next: 100,
        end: 100,
        reportedAgoMs: 200,
        lastTsAgoMs: 20_000,
        kafka: [
          [100, 21_000],
          [101, 19_500],
          [151, 300],
        ],
      },
    ],
    says: { complete: 1, behindRecords: 51, asOfMs: NOW - 20_000 },
  },
  'an empty partition beside a full one': {
    partitions: [whole, { next: 0, kafka: [[0, 400]] }],
    says: { complete: 1, behindRecords: 0, asOfMs: NOW - 400 },
  },
  'partitions were added, nobody counts them yet': {
    partitions: [whole, whole, { next: null, kafka: [[50, 300]] }, { next: null, kafka: [[0, 300]] }],
    says: {
      complete: 0.5,
      partitions: 4,
      behindRecords: 50,
      vector: { 0: 10, 1: 10 },
      asOfMs: NOW - 300,
      incomplete: [
        { partition: 2, state: 'unopened' },
        { partition: 3, state: 'unopened' },
      ],
    },
  },
  'no partition was ever opened': {
    partitions: [{ next: null, kafka: [[5, 300]] }],
    says: { complete: 0, behindRecords: 5, asOfMs: null, lagMs: null, sinceMs: null, vector: {} },
  },
  'opened, and nothing of what waits is counted yet': {
    partitions: [whole, { next: 0, end: 5, kafka: [[5, 300]] }],
    says: { complete: 1, behindRecords: 5, asOfMs: null },
  },
  'halted: it says so, stands still, and what waits is counted as waiting': {
    partitions: [
      whole,
      {
        next: 10,
        halt: true,
        reportedAgoMs: 5000,
        lastTsAgoMs: 6000,
        kafka: [
          [10, 5500],
          [25, 300],
        ],
      },
    ],
    says: {
      complete: 0.5,
      behindRecords: 15,
      asOfMs: NOW - 5000,
      incomplete: [{ partition: 1, state: 'halted', why: 'UNREADABLE: a batch cannot be read' }],
    },
  },
  'halted at its first record: the others are known': {
    partitions: [whole, { next: 0, end: 5, halt: true, kafka: [[5, 300]] }],
    says: { complete: 0.5, behindRecords: 5, asOfMs: NOW - 300 },
  },
  'damaged: the others are known': {
    partitions: [whole, { next: 10, damaged: true, kafka: [[12, 300]] }],
    says: {
      complete: 0.5,
      behindRecords: 12,
      vector: { 0: 10 },
      asOfMs: NOW - 300,
      incomplete: [
        { partition: 1, state: 'damaged', why: 'tm:pos field next is not a natural number; put it back' },
      ],
    },
  },
  "Kafka does not answer: the worker's word, which says so": {
    partitions: [{ next: 10, reportedAgoMs: 800 }],
    kafkaAway: true,
    says: {
      complete: 1,
      asOfMs: NOW - 800,
      logEnd: { from: 'worker', atMs: NOW - 800, why: 'Kafka does not answer' },
    },
  },
  'one partition without a leader': {
    partitions: [whole, { next: 10 }],
    says: { logEnd: { from: 'worker', why: 'Kafka gave no end of partition 1' } },
  },
  'the worker saw a later end than Kafka told us': {
    partitions: [{ next: 10, end: 12, reportedAgoMs: 100, lastTsAgoMs: 900, kafka: [[10, 400]] }],
    says: { behindRecords: 2, asOfMs: NOW - 400 },
  },
  'a worker whose clock is an hour ahead says nothing of when': {
    partitions: [{ next: 10, reportedAgoMs: -3600 * SECOND, kafka: [[10, 300]] }],
    says: { asOfMs: NOW - 300, lagMs: 300 },
  },
  'a worker whose clock is an hour behind hides nothing': {
    partitions: [{ next: 10, reportedAgoMs: 3600 * SECOND, kafka: [[10, 300]] }],
    says: { asOfMs: NOW - 300 },
  },
  'a newer definition is counted: the old answer stands still': {
    partitions: [
      {
        next: 10,
        reportedAgoMs: 60_000,
        lastTsAgoMs: 61_000,
        kafka: [
          [10, 60_000],
          [100, 300],
        ],
      },
    ],
    filling: fill(40),
    says: {
      complete: 1,
      behindRecords: 90,
      asOfMs: NOW - 60_000,
      rebuilding: { generation: 2, progress: 0.4 },
    },
  },
  'a newer definition is counted by nobody': {
    partitions: [{ next: 10, reportedAgoMs: 60_000, kafka: [[100, 300]] }],
    filling: fill(40, 20_000),
    says: { complete: 0, rebuilding: { generation: 2 } },
  },
  'the store was emptied and is being filled again': {
    partitions: [{ next: 30, had: 90, end: 100, kafka: [[100, 300]] }],
    says: { behindRecords: 70, rebuilding: { generation: 1, lost: true, progress: 0.3 } },
  },
  'the store was emptied and nobody fills it': {
    partitions: [{ next: null, had: 90, kafka: [[100, 300]] }],
    says: { complete: 0, behindRecords: 100, rebuilding: { generation: 1, lost: true, progress: 0 } },
  },
  'the catalog is lost': {
    partitions: [whole],
    catalogLost: 'it is not there',
    says: { complete: 1, catalogLost: 'it is not there' },
  },
  'the first event is from 1970': {
    partitions: [{ ...whole, sinceMs: 86_400_000 }],
    says: { sinceMs: 86_400_000, asOfMs: NOW - 300, complete: 1 },
  },
  'the log of one partition lost its beginning': {
    partitions: [
      { ...whole, sinceMs: 5000 },
      { next: 10, first: 5, sinceMs: 9000, kafka: [[10, 300]] },
    ],
    says: { sinceMs: 9000 },
  },
}
