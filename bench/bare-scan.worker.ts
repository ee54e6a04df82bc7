import { parentPort } from 'node:worker_threads';
import { type BareScan, bareScan } from './bare-scan.ts';

/** Scans the parts that it is sent and answers each with how many transactions it saw. */
parentPort?.on('message', (part: BareScan) => parentPort?.postMessage(bareScan(part)));
