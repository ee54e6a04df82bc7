const { existsSync } = require('node:fs');
const { join } = require('node:path');

// `npx pm2 start pm2.config.cjs`. One app: the supervisor; ClickHouse and NATS are its children, not pm2's.
const bundledNode = join(__dirname, 'node_modules', 'node', 'bin', 'node');

/** Orderly stops of delivery, API, NATS and ClickHouse, one after the other, at their longest. */
const SERVICES_STOP_MS = 70_000;
const DRAIN_MS = Number(process.env.MILLRACE_DRAIN_TIMEOUT_MS) || 20_000;

module.exports = {
  apps: [
    {
      name: 'millrace',
      script: join(__dirname, 'bin', 'millrace.mjs'),
      args: 'up',
      cwd: __dirname,
      interpreter: existsSync(bundledNode) ? bundledNode : process.execPath,
      interpreter_args: '--import tsx',
      exec_mode: 'fork',
      // pm2 would otherwise signal every descendant at once, and the order of the stop would be lost.
      treekill: false,
      kill_timeout: DRAIN_MS + SERVICES_STOP_MS,
      // Up means that every child has answered its probe: the supervisor says so itself.
      wait_ready: true,
      listen_timeout: 120_000,
      exp_backoff_restart_delay: 200,
    },
  ],
};
