import { parentPort, workerData } from 'node:worker_threads';
import { type BareScan, bareScan } from './bare-scan.ts';

/** Scans one part of a file in a thread of its own and answers how many transactions it saw. */
parentPort?.postMessage(bareScan(workerData as BareScan));
