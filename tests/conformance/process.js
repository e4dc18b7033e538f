// The programs under test, as processes.
import {spawn} from 'node:child_process';
import {createServer} from 'node:net';
import path from 'node:path';

export const root = process.env.LINECHECK_ROOT;

// Below what Linux takes for connections (32768 and up) and what linecheck itself gives (20000 and up), where a
// port that was free a moment ago would soon be somebody's; a stretch for each process, as test files run at once.
const PORTS = 50;
let next = 10_000 + (process.pid % 200) * PORTS;

/** A TCP port of the loopback interface that nobody listens on now; not given twice until all were. */
export async function freePort() {
  for (let tried = 0; tried < PORTS; tried++) {
    const port = next;
    next = port % PORTS === PORTS - 1 ? port - PORTS + 1 : port + 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`none of the ${PORTS} ports around ${next} of 127.0.0.1 is free`);
}

async function isFree(port) {
  const server = createServer();
  const free = await new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

/**
 * Starts `program` (of the build under test, when it names no path) and waits until a line of its output
 * matches `ready`. The answer's `stop()` ends it and gives its exit status, `kill()` does so without asking;
 * `output()` is what it wrote.
 */
export async function start(program, args, {ready, env = {}, deadline = 20_000}) {
  const file = program.includes('/') ? program : path.join(process.env.LINECHECK_BIN, program);
  const child = spawn(file, args, {env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
  let text = '';
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
    child.on('error', (error) => {
      text += `${error}\n`;
      resolve('not started');
    });
  });
  const up = new Promise((resolve) => {
    const collect = (chunk) => {
      text += chunk;
      if (ready.test(text)) resolve(true);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, deadline, false);
  });
  const isUp = await Promise.race([up, late, ended.then(() => false)]);
  clearTimeout(timer);
  if (!isUp) {
    child.kill('SIGKILL');
    throw new Error(`${program} ${args.join(' ')} did not get as far as ${ready}:\n${text}`);
  }
  return {
    output: () => text,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
