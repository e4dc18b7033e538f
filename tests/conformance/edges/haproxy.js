// HAProxy in front of several bridges, with a configuration like one that an operator would write.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {start} from '../process.js';

export const program = '/usr/sbin/haproxy';
export const missing = existsSync(program) ? false : `${program} is not installed (ci/setup.sh)`;

/** `webhooks` and `streams`: the ports that each kind of request is spread over, in turn. */
export async function startHaproxy({port, webhooks, streams}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'linecheck-haproxy-'));
  const file = path.join(folder, 'haproxy.cfg');
  const servers = (ports) => ports.map((one) => `  server bridge-${one} 127.0.0.1:${one}`).join('\n');
  writeFileSync(file, `
global
  maxconn 2000
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
  retries 2
  option redispatch
frontend twilio
  bind 127.0.0.1:${port}
  use_backend streams if { path_beg /ws/ }
  default_backend webhooks
backend webhooks
  balance roundrobin
${servers(webhooks)}
backend streams
  balance roundrobin
${servers(streams)}
`);
  execFileSync(program, ['-c', '-q', '-f', file]);
  // It stays in the foreground and says nothing when it is up.
  const haproxy = await start('/bin/sh', ['-c', `echo ready; exec ${program} -db -f ${file}`], {
    ready: /^ready/m,
  });
  await answering(port);
  return {
    ...haproxy,
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const status = await haproxy.stop();
      rmSync(folder, {recursive: true, force: true});
      return status;
    },
  };
}

/** Any answer will do. */
async function answering(port) {
  for (let i = 0; i < 100; ++i) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('HAProxy does not answer');
}
