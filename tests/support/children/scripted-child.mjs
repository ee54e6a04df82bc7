// A child process for tests. argv: <data folder> <port> <behaviour>
// answer: serves HTTP and ends on SIGTERM. early: fails at once. late: answers, then fails after the first probe.
// deaf: answers and ignores SIGTERM. mute: stops answering after the first probe. silent: never answers.
// grandchild: answers, and has a child of its own in the same group that ignores SIGTERM.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [, , dataDir, port, behaviour] = process.argv;
process.stdout.write(`serving ${dataDir} as ${behaviour}\n`);
if (behaviour === 'early') {
  process.stderr.write('cannot open the flux file\n');
  process.exit(7);
}
if (behaviour === 'deaf') process.on('SIGTERM', () => process.stdout.write('no\n'));
else process.on('SIGTERM', () => process.exit(1));
if (behaviour === 'grandchild') {
  const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); // ";
  const grandchild = spawn(process.execPath, ['-e', script + dataDir], { stdio: 'ignore' });
  process.stdout.write(`grandchild ${grandchild.pid}\n`);
}

let answered = 0;
const server = createServer((_request, response) => {
  answered++;
  if (behaviour === 'silent' || (behaviour === 'mute' && answered > 1)) return;
  response.end('Ok.\n');
  if (behaviour === 'late' && answered === 1) setTimeout(() => process.exit(9), 20);
});
server.listen(Number(port), '127.0.0.1');
